using System.Security.Cryptography;
using System.Text;

namespace IssuerGateway.Publishing.State;

/// <summary>
/// The digest of a state text as its own bytes have it: that of the text with an empty digest. It holds for a text with
/// members that this version does not know, which a neighboring version has written.
/// </summary>
internal static class StateSeal
{
    private const int HexDigits = 2 * SHA256.HashSizeInBytes;
    private static readonly byte[] member = "\"Digest\": \""u8.ToArray();

    public static bool IsIntact(ReadOnlySpan<byte> text)
    {
        int at = text.LastIndexOf(member);
        int start = at + member.Length;
        if (at < 0 || text.Length < start + HexDigits + 1 || text[start + HexDigits] != '"')
        {
            return false;
        }

        byte[] unsealed = [.. text[..start], .. text[(start + HexDigits)..]];
        return Encoding.ASCII.GetString(text.Slice(start, HexDigits)) == Convert.ToHexStringLower(SHA256.HashData(unsealed));
    }
}
