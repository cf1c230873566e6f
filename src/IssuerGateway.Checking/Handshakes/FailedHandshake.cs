using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using IssuerGateway.Base;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Reports;

namespace IssuerGateway.Checking.Handshakes;

/// <summary>Why a handshake failed: the rule, what was found, and a fix where the rule's own does not fit.</summary>
internal sealed record HandshakeCause(string Rule, string Found, string? Fix = null);

/// <summary>
/// Finds out why a server rejects a handshake, which no TLS library tells: it sends hellos made by hand, looks at the first
/// response and closes. First what relying parties offer, then everything, and if there is still no hello, an old one.
/// </summary>
internal static class FailedHandshake
{
    public const string RequireNoClientCertificate = "require no client certificate for the documents where TLS is terminated, as nginx does with ssl_verify_client off; no relying party has one";

    private const int MaxShown = 60;

    /// <summary>Null when the server says nothing at all.</summary>
    /// <param name="isCertificateRequested">Whether the server requested a client certificate before it closed.</param>
    public static async Task<HandshakeCause?> ExplainAsync(Endpoint endpoint, IPEndPoint target, bool isCertificateRequested, CancellationToken cancellationToken)
    {
        ServerResponse? usual = await AskAsync(ClientHello.OfRelyingParties, endpoint, target, cancellationToken);
        if (usual is { OtherText: { } other })
        {
            return new HandshakeCause("tls-failed", other.StartsWith("HTTP/", StringComparison.Ordinal) || other.StartsWith('<') ? $"{target} speaks plain HTTP" : $"{target} does not speak TLS; it responds \"{PrintableText.Of(other.TrimEnd('\r', '\n', '\0'), MaxShown)}\"",
                $"serve https on port {target.Port}: terminate TLS there, or forward the port to what does");
        }

        if (usual is { Version: { } chosen })
        {
            return isCertificateRequested
                ? new HandshakeCause("tls-failed", $"{target} requires a client certificate", RequireNoClientCertificate)
                : new HandshakeCause("tls-failed", $"{target} accepts {Version(chosen)} with {usual.Suite}, and closed the connection later in the handshake",
                    "if the server requires a client certificate, do not require one for the documents; no relying party has one");
        }

        ServerResponse? offered = await AskAsync(ClientHello.OfEverything, endpoint, target, cancellationToken);
        if (offered?.Version is null && await AskAsync(ClientHello.OfItsTime, endpoint, target, cancellationToken) is { Version: not null } old)
        {
            offered = old;
        }

        return offered is { Version: { } version } ? OfOffer(offered, version)
            : (usual ?? offered) is { AlertCode: { } alert } ? OfAlert(endpoint, target, alert)
            : null;
    }

    /// <summary>What a server chooses that relying parties do not offer, where it rejects what they do; null where it shows neither.</summary>
    public static async Task<HandshakeCause?> OutsideAsync(Endpoint endpoint, IPEndPoint target, CancellationToken cancellationToken) =>
        await AcceptsAsync(ClientHello.OfRelyingParties, endpoint, target, cancellationToken) == false
        && await AskAsync(ClientHello.OfEverything, endpoint, target, cancellationToken) is { Version: { } version and >= 0x0303 } offered
        && (!RelyingPartyTls.Accepted.Contains(offered.Suite) || (offered.Group is { } group && !RelyingPartyTls.Groups.Contains(group)))
            ? OfOffer(offered, version) : null;

    /// <summary>Whether a server has a version and a suite in common with the hello; null when it does not say.</summary>
    public static async Task<bool?> AcceptsAsync(ClientHello hello, Endpoint endpoint, IPEndPoint target, CancellationToken cancellationToken) =>
        await AskAsync(hello, endpoint, target, cancellationToken) switch { { Version: not null } => true, { AlertCode: not null } => false, _ => null };

    private static HandshakeCause OfOffer(ServerResponse offered, ushort version) =>
        version < 0x0303 ? new HandshakeCause("tls-old-protocol", Version(version))
        : !RelyingPartyTls.Accepted.Contains(offered.Suite) ? new HandshakeCause("tls-no-common-suite", $"the server chooses {Version(version)} with {offered.Suite}")
        : offered.Group is { } group && !RelyingPartyTls.Groups.Contains(group) ? new HandshakeCause("tls-no-common-suite", $"the server chooses {Version(version)} with the key exchange {Group(group)}")
        : new HandshakeCause("tls-no-common-suite", $"the server chooses {Version(version)} with {offered.Suite}, and only with a curve or a signature algorithm that relying parties do not offer");

    private static HandshakeCause OfAlert(Endpoint endpoint, IPEndPoint target, byte alert) => new("tls-failed",
        string.Create(CultureInfo.InvariantCulture, $"{target} rejected the handshake with alert {alert}{(Alert(alert) is { } name ? $" ({name})" : "")}"),
        alert is 112 or 40 or 80 && !IPAddress.TryParse(endpoint.DnsHost, out _)
            ? $"load a certificate for {PrintableText.Of(endpoint.DnsHost)} where TLS is terminated; to investigate: {Investigate(endpoint, target)}"
            : null);

    public static string Investigate(Endpoint endpoint, IPEndPoint target) =>
        $"openssl s_client -connect {ShellText.Quote(target.ToString())}{(IPAddress.TryParse(endpoint.DnsHost, out _) ? "" : $" -servername {ShellText.Quote(endpoint.DnsHost)}")}";

    private static async Task<ServerResponse?> AskAsync(ClientHello hello, Endpoint endpoint, IPEndPoint target, CancellationToken cancellationToken)
    {
        try
        {
            using Socket socket = new(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(target, cancellationToken);
            await using NetworkStream stream = new(socket, ownsSocket: false);
            await stream.WriteAsync(hello.Encode(endpoint.DnsHost), cancellationToken);
            byte[] header = new byte[ServerResponse.HeaderLength];
            int read = await stream.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, cancellationToken);
            if (read == 0)
            {
                return null;
            }

            if (ServerResponse.LengthOf(header.AsSpan(0, read)) is not { } length)
            {
                byte[] rest = new byte[MaxShown];
                int more = await stream.ReadAsync(rest, cancellationToken);
                return ServerResponse.OfOther([.. header[..read], .. rest[..more]]);
            }

            byte[] record = new byte[length];
            await stream.ReadExactlyAsync(record, cancellationToken);
            return ServerResponse.Parse(header[0], record);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            return null;
        }
    }

    private static string Version(ushort version) => version switch
    {
        0x0304 => "TLS 1.3",
        0x0303 => "TLS 1.2",
        0x0302 => "TLS 1.1",
        0x0301 => "TLS 1.0",
        0x0300 => "SSL 3.0",
        _ => "an unknown version",
    };

    private static string Group(ushort group) => group switch
    {
        0x001E => "x448",
        0x11EB => "SecP256r1MLKEM768",
        0x11ED => "SecP384r1MLKEM1024",
        >= 0x0100 and <= 0x0104 => $"ffdhe{(group - 0x0100) switch { 0 => 2048, 1 => 3072, 2 => 4096, 3 => 6144, _ => 8192 }}",
        >= 0x0200 and <= 0x0202 => $"MLKEM{(group - 0x0200) switch { 0 => 512, 1 => 768, _ => 1024 }}",
        _ => string.Create(CultureInfo.InvariantCulture, $"group 0x{group:X4}"),
    };

    private static string? Alert(byte alert) => alert switch
    {
        40 => "handshake_failure",
        47 => "illegal_parameter",
        49 => "access_denied",
        50 => "decode_error",
        70 => "protocol_version",
        71 => "insufficient_security",
        80 => "internal_error",
        109 => "missing_extension",
        112 => "unrecognized_name",
        116 => "certificate_required",
        120 => "no_application_protocol",
        _ => null,
    };
}
