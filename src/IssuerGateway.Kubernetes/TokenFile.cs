using System.Text;

namespace IssuerGateway.Kubernetes;

/// <summary>
/// A token file that is read again at least every minute of the monotonic clock, and at once after it was rejected: the
/// kubelet replaces projected tokens at 80 % of their lifetime.
/// </summary>
/// <param name="instead">Used while the file cannot be read, as client-go does with a kubeconfig that has both.</param>
/// <param name="hint">What to do about a file that has no token; null for that of a pod.</param>
public sealed class TokenFile(string path, TimeProvider time, string? instead = null, string? hint = null) : IBearerToken
{
    public static readonly TimeSpan RereadAfter = TimeSpan.FromSeconds(60);

    private const int MaxBytes = 64 << 10;

    private readonly Lock gate = new();
    private TokenReading last;
    private long? readAt;

    public string Path => path;

    public TokenReading Read()
    {
        lock (gate)
        {
            // Not the wall clock: set back by an hour it would keep an expired token for an hour.
            if (readAt is not { } at || last.Fault is not null || time.GetElapsedTime(at) >= RereadAfter)
            {
                last = ReadFile();
                last = last.Fault is not null && instead is not null ? new TokenReading(instead, null) : last;
                readAt = time.GetTimestamp();
            }

            return last;
        }
    }

    public void Invalidate()
    {
        lock (gate)
        {
            readAt = null;
        }
    }

    private TokenReading ReadFile()
    {
        string fix = hint ?? "mount a projected serviceAccountToken there, or give the path of a file that holds a bearer token";
        FileReading reading = FileReading.Read(MaxBytes, fix, path);
        if (reading.Fault is { } fault)
        {
            return new TokenReading(null, fault.Code == AccessFaultCode.FileMissing
                ? new AccessFault(AccessFaultCode.TokenMissing, $"{path}: no such token file", fix)
                : hint is null ? fault : fault with { Hint = hint });
        }

        string token = Encoding.Latin1.GetString(reading.Files!.Contents[0]).Trim();
        return token.Length == 0
            ? new TokenReading(null, new AccessFault(AccessFaultCode.TokenEmpty, $"{path}: the token file is empty", fix))
            : Checked(token, path, fix);
    }

    /// <summary>RFC 6750 §2.1: a token is one run of <c>b64token</c> characters; anything else would be a header of its own.</summary>
    internal static TokenReading Checked(string token, string name, string hint) =>
        token.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? new TokenReading(null, new AccessFault(AccessFaultCode.TokenMalformed, $"{name}: does not contain a bearer token", hint))
            : new TokenReading(token, null);
}
