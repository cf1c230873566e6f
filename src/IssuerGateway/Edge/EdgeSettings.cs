using IssuerGateway.Configuration;
using IssuerGateway.Edge.Limits;

namespace IssuerGateway.Edge;

/// <summary>Where the public listens, and whom it lets in, and what it notes of visits.</summary>
internal sealed record EdgeSettings
{
    /// <summary><c>Edge:Address</c>: address of both public listeners, default <c>*</c> (every address, IPv4 and IPv6).</summary>
    public required string Address { get; init; }

    /// <summary><c>Edge:HttpsPort</c>: 0 to 65535, default 8443; 0 lets the system choose. Unused without TLS.</summary>
    public required int HttpsPort { get; init; }

    /// <summary><c>Edge:HttpPort</c>: 0 to 65535, default 8080. Without TLS it serves the documents to the proxy in front; with ACME it serves HTTP-01 only.</summary>
    public required int HttpPort { get; init; }

    /// <summary><c>Edge:AccessLog</c>: a log line a request, default false. Lines are dropped, and counted, before the hot path waits.</summary>
    public required bool AccessLog { get; init; }

    /// <summary>
    /// <c>Edge:ProbePath</c>: a path of both public ports that responds with 200 without a body to any host, for load balancers whose
    /// probes name none; 503 while draining. Default none.
    /// </summary>
    public required string? ProbePath { get; init; }

    /// <summary>How many connections there may be.</summary>
    public required LimitSettings Limits { get; init; }

    public static EdgeSettings Read(SettingsReader reader)
    {
        EdgeSettings settings = new()
        {
            Address = reader.Text("Address", "*")!,
            HttpsPort = reader.Number("HttpsPort", 8443, 0, 65535),
            HttpPort = reader.Number("HttpPort", 8080, 0, 65535),
            AccessLog = reader.Flag("AccessLog", fallback: false),
            ProbePath = reader.Text("ProbePath"),
            Limits = LimitSettings.Read(reader, ProcessLimits.Current()),
        };
        if (settings.Address != "*" && !System.Net.IPAddress.TryParse(settings.Address, out _))
        {
            reader.Fail("Address", $"\"{settings.Address}\"", "* or an IP address", "write the address of one interface, or remove the key to listen on all");
        }

        if (settings.ProbePath is { } path && !IsPath(path))
        {
            reader.Fail("ProbePath", $"\"{path}\"", "a path such as /healthz that is no document's", $"write a path of letters, digits, - . _ and /, or remove {reader.KeyOf("ProbePath")} to respond to no probes");
        }

        return settings;
    }

    // Nothing that has two spellings, and nothing below which documents are published.
    private static bool IsPath(string path) =>
        path.Length is > 1 and <= 128 && path[0] == '/' && path.All(each => char.IsAsciiLetterOrDigit(each) || each is '-' or '.' or '_' or '/')
        && path.Split('/').Skip(1).All(segment => segment is not ("" or "." or ".."))
        && !path.Contains("/.well-known/", StringComparison.Ordinal) && !path.EndsWith("/openid/v1/jwks", StringComparison.Ordinal);
}
