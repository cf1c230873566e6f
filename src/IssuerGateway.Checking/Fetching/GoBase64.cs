using System.Buffers;
using System.Buffers.Text;

namespace IssuerGateway.Checking.Fetching;

/// <summary>
/// base64url as Go's encoding/base64 decodes it (RawURLEncoding, not Strict): line breaks are skipped wherever they are, and bits
/// behind the last whole byte are ignored. Padding, spaces, and + and / are errors there too. Run with Go 1.26.
/// </summary>
internal static class GoBase64
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private static readonly SearchValues<char> alphabet = SearchValues.Create(Alphabet);

    public static byte[]? Decode(string text)
    {
        string digits = WithoutLineBreaks(text);
        if (digits.AsSpan().ContainsAnyExcept(alphabet) || digits.Length % 4 == 1)
        {
            return null;
        }

        // Of the last digit the upper 2 bits count behind one digit more, and 4 behind two.
        int mask = (digits.Length % 4) switch { 2 => 0b110000, 3 => 0b111100, _ => 0b111111 };
        return digits.Length == 0 ? [] : Base64Url.DecodeFromChars($"{digits[..^1]}{Alphabet[Alphabet.IndexOf(digits[^1], StringComparison.Ordinal) & mask]}");
    }

    /// <summary>What a strict reader rejects about a text that Go decodes; null for one that both read, or neither.</summary>
    public static string? Deviation(string text) =>
        Issuers.StrictBase64Url.IsValid(text) || Decode(text) is not { Length: > 0 } ? null
        : WithoutLineBreaks(text).Length < text.Length ? "line breaks"
        : "bits behind its last byte that are not zero";

    private static string WithoutLineBreaks(string text) => text.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal);
}
