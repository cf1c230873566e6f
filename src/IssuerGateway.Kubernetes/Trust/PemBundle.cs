using System.Text;

namespace IssuerGateway.Kubernetes.Trust;

/// <summary>PEM as people produce it: files joined without a line break in between, or saved with a byte order mark.</summary>
internal static class PemBundle
{
    private const string Begin = "-----BEGIN ";

    /// <summary>The text with each block on a line of its own; otherwise parsers take all but the first for text around it (RFC 7468 §2).</summary>
    public static string TextOf(ReadOnlySpan<byte> pem) => Encoding.Latin1.GetString(pem).Replace(Begin, "\n" + Begin, StringComparison.Ordinal);
}
