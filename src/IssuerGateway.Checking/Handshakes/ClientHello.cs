using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Text;
using IssuerGateway.Checking.Fetching;

namespace IssuerGateway.Checking.Handshakes;

/// <summary>
/// A ClientHello made by hand (RFC 8446 §4.1.2, RFC 5246 §7.4.1.2), because no TLS library offers what another one does:
/// it carries no key share, so that every server shows by its first message what it would choose, and nothing more happens.
/// </summary>
internal sealed record ClientHello
{
    private const byte Handshake = 22;

    /// <summary>Versions on the wire, newest first.</summary>
    public required IReadOnlyList<ushort> Versions { get; init; }

    public required IReadOnlyList<TlsCipherSuite> Suites { get; init; }

    /// <summary>Named groups (RFC 8446 §4.2.7).</summary>
    public required IReadOnlyList<ushort> Groups { get; init; }

    /// <summary>Signature schemes (RFC 8446 §4.2.3).</summary>
    public required IReadOnlyList<ushort> Signatures { get; init; }

    /// <summary>What relying parties accept.</summary>
    public static ClientHello OfRelyingParties { get; } = new()
    {
        Versions = [0x0304, 0x0303],
        Suites = RelyingPartyTls.Accepted,
        Groups = RelyingPartyTls.Groups,

        // ECDSA, RSA-PSS, RSA and Ed25519; SHA-1 last.
        Signatures = [0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B, 0x0807, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201],
    };

    /// <summary>What Go's crypto/tls offers when nobody configures it, in which Vault, OpenBao and Kubernetes are written.</summary>
    public static ClientHello OfGo { get; } = OfRelyingParties with { Suites = [.. RelyingPartyTls.Accepted.Where(RelyingPartyTls.IsOfGo)] };

    /// <summary>Without TLS 1.3.</summary>
    public static ClientHello OfTls12 { get; } = OfRelyingParties with { Versions = [0x0303] };

    /// <summary>Everything that has a number, so that a server shows what it has instead.</summary>
    public static ClientHello OfEverything { get; } = new()
    {
        Versions = [0x0304, 0x0303, 0x0302, 0x0301, 0x0300],
        Suites = [.. RelyingPartyTls.Accepted, .. Enum.GetValues<TlsCipherSuite>().Except(RelyingPartyTls.Accepted)],
        Groups = [.. RelyingPartyTls.Groups, 0x001E, 0x11EB, 0x11ED, 0x0200, 0x0201, 0x0202, 0x0100, 0x0101, 0x0102, 0x0103, 0x0104, 0x001A, 0x001B, 0x001C, 0x001F, 0x0020, 0x0021, 0x0029, 0x0015, 0x0016, 0x0013],
        Signatures = [.. OfRelyingParties.Signatures, 0x0808, 0x081A, 0x081B, 0x081C, 0x0904, 0x0905, 0x0906, 0x0708, 0x0303, 0x0301, 0x0402, 0x0202],
    };

    /// <summary>Short and old, for servers that close when a hello is long or names versions that they do not know.</summary>
    public static ClientHello OfItsTime { get; } = OfRelyingParties with
    {
        Versions = [0x0302],
        Suites =
        [
            TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, TlsCipherSuite.TLS_DHE_RSA_WITH_AES_128_CBC_SHA, TlsCipherSuite.TLS_DHE_RSA_WITH_AES_256_CBC_SHA,
            TlsCipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA, TlsCipherSuite.TLS_RSA_WITH_AES_256_CBC_SHA, TlsCipherSuite.TLS_RSA_WITH_3DES_EDE_CBC_SHA, TlsCipherSuite.TLS_RSA_WITH_RC4_128_SHA,
        ],
    };

    public byte[] Encode(string host)
    {
        bool isModern = Versions[0] >= 0x0303;
        byte[] name = IPAddress.TryParse(host, out _) ? [] : Encoding.ASCII.GetBytes(host);
        byte[] extensions =
        [
            // RFC 6066 §3: an address is no server name.
            .. name.Length == 0 ? [] : Extension(0, [.. Number(name.Length + 3), 0, .. Number(name.Length), .. name]),
            .. Extension(10, Vector(Groups)),
            .. Extension(11, [1, 0]),
            .. isModern ? Extension(13, Vector(Signatures)) : [],
            .. Versions[0] == 0x0304 ? (byte[])[.. Extension(43, [(byte)(2 * Versions.Count), .. Versions.SelectMany(version => Number(version))]), .. Extension(45, [1, 1]), .. Extension(51, [0, 0])] : [],

            // RFC 5746 §3.4.
            .. Extension(0xFF01, [0]),
        ];
        byte[] content =
        [
            .. Number(Math.Min((int)Versions[0], 0x0303)), .. RandomNumberGenerator.GetBytes(32), 0,
            .. Vector([.. Suites.Select(suite => (ushort)suite)]), 1, 0, .. Number(extensions.Length), .. extensions,
        ];
        return [Handshake, 3, 1, .. Number(content.Length + 4), 1, 0, .. Number(content.Length), .. content];
    }

    private static byte[] Extension(int type, byte[] data) => [.. Number(type), .. Number(data.Length), .. data];

    private static byte[] Vector(IReadOnlyList<ushort> values) => [.. Number(2 * values.Count), .. values.SelectMany(value => Number(value))];

    private static byte[] Number(int value) => [(byte)(value >> 8), (byte)value];
}
