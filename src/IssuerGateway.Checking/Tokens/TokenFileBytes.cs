using System.Text;

namespace IssuerGateway.Checking.Tokens;

/// <summary>Bytes in the place of a token that are no text: what they are.</summary>
internal static class TokenFileBytes
{
    // Standard input was decoded as UTF-8 already, so that the second byte of gzip is U+FFFD.
    private static readonly (byte[] Start, string Name, string? Decoder)[] compressed =
    [
        ([0x1F, 0x8B], "gzip", "gzip -dc"), ([0x1F, 0xEF, 0xBF, 0xBD, 0x08], "gzip", "gzip -dc"), ([0x28, 0xB5, 0x2F, 0xFD], "zstd", "zstd -dc"), ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "xz", "xz -dc"),
        ([0x42, 0x5A, 0x68, 0x39, 0x31], "bzip2", "bzip2 -dc"), ([0x50, 0x4B, 0x03, 0x04], "zip", null),
    ];

    public static (string Cause, string Fix)? CauseOf(ReadOnlySpan<byte> bytes, TokenFileCommand command)
    {
        if (bytes.Length > 0 && bytes.IndexOfAnyExcept((byte)0) < 0)
        {
            return ($"the file contains {(bytes.Length == 1 ? "a zero byte" : "only zero bytes")}, as after a crash or on a full disk", $"write the token again: {TokenFileCommand.Create}");
        }

        if (bytes is [0xFF, 0xFE, 0, 0, ..] or [0, 0, 0xFE, 0xFF, ..])
        {
            return ("the file is UTF-32", Rewrite(Encoding.GetEncoding(bytes[0] == 0 ? "utf-32BE" : "utf-32").GetString(bytes), command, "iconv -f UTF-32 -t UTF-8", bytes[0] == 0 ? null : " -Encoding UTF32"));
        }

        if (Utf16Of(bytes) is ({ } utf16, var name16, var powerShell))
        {
            return utf16.Trim().Length == 0 ? Empty("the file is empty but for a byte order mark") : ("the file is UTF-16, as PowerShell's > writes it", Rewrite(utf16, command, $"iconv -f {name16} -t UTF-8", powerShell));
        }

        if (bytes.StartsWith("\uFEFF"u8))
        {
            return bytes.Length == 3 ? Empty("the file is empty but for a byte order mark") : ("the file starts with a byte order mark", Rewrite(Encoding.UTF8.GetString(bytes), command, "tail -c +4", ""));
        }

        foreach ((byte[] start, string name, string? decoder) in compressed)
        {
            if (bytes.StartsWith(start))
            {
                return ($"the file is compressed ({name})", decoder is null ? "extract the file of the token from it, and name that" : $"decompress it first: {command.Filter(decoder)}");
            }
        }

        // X.690 §8.1: a SEQUENCE whose length has two bytes, as a key, a certificate and a PKCS#12 file have.
        return bytes is [0x30, 0x82, ..] ? ("the file is DER, a key or a certificate, not a token", "name the file of the token")
            : !bytes.ContainsAnyExceptInRange((byte)0x09, (byte)0x7E) ? null
            : IsTokenWithin(bytes) ? ("the file has characters beside the token that are not ASCII, such as typographic quotes or a space without width", $"remove them: {command.Filter("tr -cd A-Za-z0-9._-")}")
            : ("the file is binary, or not ASCII", "name the file of one token");
    }

    // What is no token without the mark either has a cause of its own, which the next run names.
    private static string Rewrite(string text, TokenFileCommand command, string program, string? encoding) =>
        !TokenFileText.IsWholeToken(text.Trim('\uFEFF').Trim()) ? "save it in ASCII without a byte order mark, and validate it again"
        : $"write it in ASCII without a byte order mark: {command.Filter(program, "tr -d '[:space:]'")}{(encoding is not null && command.PowerShell(encoding) is { } other ? $"; in PowerShell: {other}" : "")}";

    private static (string Cause, string Fix) Empty(string cause) => (cause, $"write the token into it: {TokenFileCommand.Create}");

    /// <summary>The text of UTF-16, with a byte order mark or without one, and its name for iconv and for Get-Content; null for anything else.</summary>
    private static (string Text, string Name, string PowerShell)? Utf16Of(ReadOnlySpan<byte> bytes)
    {
        Encoding? marked = bytes switch { [0xFF, 0xFE, ..] => Encoding.Unicode, [0xFE, 0xFF, ..] => Encoding.BigEndianUnicode, _ => null };

        // Standard input was decoded as UTF-8 already, which puts U+FFFD in the place of each byte of the mark.
        ReadOnlySpan<byte> text = marked is not null ? bytes[2..] : bytes.StartsWith("\uFFFD\uFFFD"u8) ? bytes["\uFFFD\uFFFD"u8.Length..] : bytes;
        Encoding? encoding = marked ?? (IsAsciiIn(text, first: 0) ? Encoding.Unicode : IsAsciiIn(text, first: 1) ? Encoding.BigEndianUnicode : null);
        return encoding is null ? null
            : (encoding.GetString(text[..(text.Length & ~1)]), text.Length < bytes.Length ? "UTF-16" : encoding == Encoding.Unicode ? "UTF-16LE" : "UTF-16BE", text.Length < bytes.Length ? "" : encoding == Encoding.Unicode ? " -Encoding Unicode" : " -Encoding BigEndianUnicode");
    }

    // Every second byte is zero, and the others are the characters of a text.
    private static bool IsAsciiIn(ReadOnlySpan<byte> text, int first)
    {
        for (int i = 0; i < (text.Length & ~1); i++)
        {
            if (i % 2 == first ? text[i] is < 0x09 or > 0x7E : text[i] != 0)
            {
                return false;
            }
        }

        return text.Length >= 2;
    }

    private static bool IsTokenWithin(ReadOnlySpan<byte> bytes) => !bytes.Contains((byte)0) && TokenFileText.IsWholeToken(string.Concat(Encoding.UTF8.GetString(bytes).Where(c => c is > ' ' and <= '~')));
}
