namespace IssuerGateway.Configuration;

/// <summary>The gateway cannot start: which setting is in the way, and what to do.</summary>
internal sealed class StartException(string message, string hint, Exception? inner = null) : Exception(message, inner)
{
    public string Hint => hint;
}
