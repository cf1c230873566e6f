using System.Buffers.Text;
using System.Text;
using IssuerGateway.Base;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Tokens;

/// <summary>A token as given, and where from. The text is never printed.</summary>
public sealed record TokenInput
{
    private const string mint = "kubectl create token SERVICEACCOUNT --namespace NAMESPACE --audience AUDIENCE";
    private const int MaxBytes = 64 * 1024;
    private const int MaxFileBytes = 2 * 1024 * 1024;

    /// <summary>The file, or <c>standard input</c>.</summary>
    public required string Name { get; init; }

    public required string Text { get; init; }

    /// <summary>What the file has around the token, which this program ignores and others do not; null for nothing.</summary>
    public string? Surplus { get; init; }

    /// <summary>The token in the bytes of a file, or the cause for which there is none; never any of its text.</summary>
    public static (TokenInput? Token, string? Cause, string? Fix) Read(string name, ReadOnlySpan<byte> bytes)
    {
        if (CauseInBytes(bytes) is { } cause)
        {
            return (null, cause.Cause, cause.Fix);
        }

        string all = Encoding.UTF8.GetString(bytes);
        string text = all.Trim();
        return CauseInText(text) is { } other
            ? (null, other.Cause, other.Fix)
            : (new TokenInput { Name = name, Text = text, Surplus = SurplusOf(all, text) }, null, null);
    }

    /// <summary>The token of a file, or of standard input for <c>-</c>.</summary>
    /// <param name="wait">How long a pipe has; null for the default.</param>
    public static (TokenInput? Token, string? Cause, string? Fix) Load(string path, TextReader standardInput, TimeSpan? wait = null)
    {
        const string hint = "name the file of the projected token, or - for standard input";
        if (path == "-")
        {
            // Whoever pipes a token in writes no file that somebody else reads.
            (TokenInput? piped, string? cause, string? fix) = Read("standard input", Encoding.UTF8.GetBytes(ReadBounded(standardInput)));
            return (piped is null ? null : piped with { Surplus = null }, cause is null ? null : $"standard input: {cause}", fix);
        }

        if (!Path.Exists(path) && IsLikeToken(path))
        {
            return (null, "the value is a token, and a file is expected", "other users of this machine can see command lines: write the token to a file, or pipe it in with --token -");
        }

        string name = PrintableText.Of(path);
        if (Directory.Exists(path))
        {
            return (null, $"{name} is a folder", hint);
        }

        try
        {
            (TokenInput? token, string? cause, string? fix) = Read(path, TokenFile.Read(path, MaxFileBytes, wait));
            return (token, cause is null ? null : $"{name}: {cause}", fix);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return (null, $"{name} does not exist", hint);
        }
        catch (FileTooLargeException)
        {
            return (null, $"{name} is larger than {MaxFileBytes} bytes, and a token has at most {MaxBytes}", hint);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return (null, $"{name}: {PrintableText.Of(e.Message)}", hint);
        }
    }

    // Signed, signed and encoded once more as in a Secret, a bootstrap token, or the long word that an opaque one is.
    private static bool IsLikeToken(string text) =>
        SecretText.HasToken(text) || IsEncodedToken(text) || text.Split('.') is [{ Length: 6 }, { Length: 16 }]
        || (text.Length >= 40 && !text.AsSpan().TrimEnd('=').ContainsAnyExcept(base64UrlCharacters));

    private static string? SurplusOf(string all, string text) =>
        all.Length == text.Length ? null : all.TrimEnd('\r', '\n').Length == text.Length ? "ends with a newline" : "has white space around the token";

    // One character more than a token may have is enough to say so.
    private static string ReadBounded(TextReader reader)
    {
        char[] buffer = new char[MaxBytes + 1];
        return new string(buffer, 0, reader.ReadBlock(buffer, 0, buffer.Length));
    }

    private static (string Cause, string Fix)? CauseInBytes(ReadOnlySpan<byte> bytes)
    {
        const string noNewline = "write it without a byte order mark, in PowerShell: [IO.File]::WriteAllText(\"$PWD/token\", $token)";
        if (bytes.Length > MaxBytes)
        {
            return ($"{bytes.Length} bytes, and a token has at most {MaxBytes}", "name the file of one token");
        }

        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]) || bytes[..Math.Min(bytes.Length, 16)].Contains((byte)0))
        {
            return ("the file is UTF-16, as PowerShell's > writes it", noNewline);
        }

        if (bytes.StartsWith("\uFEFF"u8))
        {
            return ("the file starts with a byte order mark", noNewline);
        }

        return bytes.ContainsAnyExceptInRange((byte)0x09, (byte)0x7E) ? ("the file is binary, or not ASCII", "name the file of one token") : null;
    }

    private static (string Cause, string Fix)? CauseInText(string text) => text switch
    {
        "" => ("the file is empty", mint),
        _ when text.StartsWith("Authorization:", StringComparison.OrdinalIgnoreCase) => ("the file contains an Authorization header", "remove \"Authorization: Bearer \" from the file"),
        _ when text.StartsWith("Bearer", StringComparison.OrdinalIgnoreCase) && text.Length > 6 && (text[6] == ':' || char.IsWhiteSpace(text[6])) => ("the token is preceded by \"Bearer\"", "remove \"Bearer \" from the file"),
        ['"', ..] or ['\'', ..] or ['`', ..] or [.., '"'] or [.., '\''] => ("the token is in quotes", "remove the quotes from the file"),
        _ when IsAssignment(text) => ("the token is preceded by an assignment, as in NAME=TOKEN", "remove everything before eyJ from the file"),
        "null" => ("the file contains null, not a token", "jq prints null when the member does not exist; a TokenRequest has it at .status.token"),
        ['<', ..] => ("the file contains HTML or XML, not a token", mint),
        ['{', ..] or ['[', ..] => ("the file contains JSON, not a token", "extract the token, for example with jq -r .status.token"),
        _ when text.StartsWith("-----BEGIN", StringComparison.Ordinal) => ("the file contains PEM, a key or a certificate, not a token", "name the file of the token"),
        _ when IsYaml(text) => ("the file contains YAML, not a token", "extract the token from it"),
        _ when text.Split([' ', '\t', '\r', '\n', ',', ';'], StringSplitOptions.RemoveEmptyEntries).Count(IsWholeToken) > 1 => ("the file contains several tokens", "name the file of one token; --token can be repeated"),
        _ when text.Any(char.IsWhiteSpace) && !SecretText.HasToken(text) => ("the file contains text, not a token", mint),
        _ when text.Contains('\n') || text.Contains('\r') => ("the token is broken into several lines", "write it on one line"),
        _ when text.Any(char.IsWhiteSpace) => ("there is white space within the token", "write only the token into the file"),
        _ when text.Contains('%') => ("the token is percent-encoded", "decode it first"),
        _ when IsEncodedToken(text) => ("the token is base64-encoded once more, as in the data of a Secret", "decode it first: base64 -d"),
        _ => CauseInParts(text.Split('.')),
    };

    private static (string Cause, string Fix)? CauseInParts(string[] parts)
    {
        return parts.Length switch
        {
            1 => ("the token is opaque, not a JWT", mint),
            2 when parts is [{ Length: 6 }, { Length: 16 }] => ("this is a bootstrap token, not the token of a ServiceAccount", mint),
            5 => ("the token is encrypted (JWE), not signed", mint),
            not 3 => ($"the token has {parts.Length} parts, and a signed JWT has 3", mint),
            _ when parts.Any(part => part.Length == 0) => ("a part of the token is empty; its signature may have been removed", mint),
            _ when parts.Any(part => part.ContainsAnyExcept(base64UrlCharacters)) => ("the token contains characters that base64url does not have", "copy the token again; base64url has - and _ in place of + and /, and no ="),
            _ when CauseInJson(parts) is { } fault => (fault, "send the token of the cluster as it is"),
            _ when CompactToken.Parse(string.Join('.', parts)) is null => ("the token cannot be decoded; part of it is probably missing", "copy the token again, whole"),
            _ => null,
        };
    }

    // What is JSON for some readers and not for others is no sign of a missing part.
    private static string? CauseInJson(string[] parts) => parts.Take(2).Zip((string[])["header", "payload"])
        .Where(part => StrictBase64Url.IsValid(part.First))
        .Select(part => (part.Second, Fault: FaultOf(Base64Url.DecodeFromChars(part.First))))
        .Where(part => part.Fault is not null)
        .Select(part => $"the {part.Second} of the token {part.Fault}")
        .FirstOrDefault();

    private static string? FaultOf(byte[] part)
    {
        using System.Text.Json.JsonDocument? json = StrictJson.ParseObject(part, out string? fault);
        return fault switch
        {
            "a duplicate member" or "an unpaired surrogate escape" => $"has {fault}",
            _ when part.AsSpan().StartsWith("\uFEFF"u8) => "starts with a byte order mark",

            // Another value than an object, which is whole.
            ['a', ' ', 'J', 'S', 'O', 'N', ..] => $"is {fault}",
            _ => null,
        };
    }

    private static readonly System.Buffers.SearchValues<char> base64UrlCharacters = System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    private static bool IsAssignment(string text) =>
        text.IndexOf("=eyJ", StringComparison.Ordinal) is > 0 and int equals && text[..equals].All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or ' ' or '.');

    private static bool IsWholeToken(string text) => text.Split('.').Length == 3 && SecretText.HasToken(text);

    // A kubeconfig, a Secret or another object, also behind comments and a document marker.
    private static bool IsYaml(string text) => text.Split('\n').Select(line => line.TrimEnd()).Any(line =>
        line == "---" || ((string[])["apiVersion:", "kind:", "clusters:", "contexts:", "users:", "current-context:", "metadata:", "data:", "status:", "token:"]).Any(key => line.StartsWith(key, StringComparison.Ordinal)));

    private static bool IsEncodedToken(string text)
    {
        byte[] decoded = new byte[text.Length];
        return !text.Contains('.') && Convert.TryFromBase64String(text, decoded, out int length)
            && decoded.AsSpan(0, length).StartsWith("eyJ"u8) && decoded.AsSpan(0, length).Count((byte)'.') == 2;
    }
}
