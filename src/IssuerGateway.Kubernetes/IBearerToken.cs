namespace IssuerGateway.Kubernetes;

/// <summary>A bearer token for the API server (RFC 6750), or why there is none; exactly one of the two is there.</summary>
public readonly record struct TokenReading(string? Token, AccessFault? Fault)
{
    // Never the token: it ends in logs sooner or later.
    public override string ToString() => Fault is null ? "token" : Fault.Message;
}

/// <summary>Gives the token to send now.</summary>
public interface IBearerToken
{
    TokenReading Read();

    /// <summary>The API server has just rejected what <see cref="Read"/> gave.</summary>
    void Invalidate();
}

/// <summary>A token written into a kubeconfig; it changes only when that file does.</summary>
internal sealed class InlineToken(string token) : IBearerToken
{
    public TokenReading Read() => new(token, null);

    public void Invalidate()
    {
    }
}
