using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using IssuerGateway.Base;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Tokens;

/// <summary>Text in the place of a token: what it is, and how the token is made of it.</summary>
internal static class TokenFileText
{
    private static readonly SearchValues<char> base64UrlCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    private static readonly (string Label, string What)[] pem = [("PRIVATE KEY", "a private key (PEM)"), ("PUBLIC KEY", "a public key (PEM)"), ("CERTIFICATE", "a certificate (PEM)")];

    /// <summary>What is an object of its own, and may be larger than a token.</summary>
    public static (string Cause, string Fix)? CauseInObject(string text, TokenFileCommand command) => text switch
    {
        ['<', ..] => ("the file contains HTML or XML, not a token", TokenFileCommand.Create),
        ['{', ..] or ['[', ..] when TokenFileJson.Explain(text, command) is { } json => json,
        _ when text.Contains("-----BEGIN ", StringComparison.Ordinal) => ($"the file contains {PemOf(text)}, not a token", "name the file of the token"),
        _ when TokenFileYaml.Explain(text, command) is { } yaml => yaml,
        _ => null,
    };

    /// <param name="text">Without the white space around it.</param>
    public static (string Cause, string Fix)? CauseIn(string text, TokenFileCommand command)
    {
        string only = command.Filter("grep -o 'eyJ[A-Za-z0-9._-]*'", "tr -d '\\n'");
        string cleaned = command.Filter("tr -cd A-Za-z0-9._-");
        return text switch
        {
            _ when text.StartsWith("Authorization:", StringComparison.OrdinalIgnoreCase) => ("the file contains an Authorization header", $"write only the token: {only}"),
            _ when text.StartsWith("Bearer", StringComparison.OrdinalIgnoreCase) && text.Length > 6 && (text[6] == ':' || char.IsWhiteSpace(text[6])) => ("the token is preceded by \"Bearer\"", $"write only the token: {only}"),
            _ when text.Any(c => char.IsControl(c) && !char.IsWhiteSpace(c)) => ("the file contains control characters, such as the colors of a terminal", "write it without colors, for example with jq -M"),
            ['"', ..] or ['\'', ..] or ['`', ..] or [.., '"'] or [.., '\''] or [.., '`'] => ("the token is in quotes", $"remove the quotes: {cleaned}"),
            _ when IsAssignment(text) => ("the token is preceded by an assignment, as in NAME=TOKEN", $"write only the token: {only}"),
            "null" => ("the file contains null, not a token",
                "jq prints null when there is no such member: a token is at .status.token of a TokenRequest and an ExecCredential, at .access_token or .id_token of the response of a token endpoint, and at '.data.token | @base64d' of a Secret"),
            _ when CauseInObject(text, command) is { } other => other,
            _ when text.Split([' ', '\t', '\r', '\n', ',', ';'], StringSplitOptions.RemoveEmptyEntries).Count(IsWholeToken) > 1 => ("the file contains several tokens", "write one token into it; --token can be repeated, with a file each"),
            _ when text.Any(char.IsWhiteSpace) && !SecretText.HasToken(text) => ("the file contains text, not a token", TokenFileCommand.Create),
            _ when text.Contains('\n') || text.Contains('\r') => ("the token is broken into several lines", $"write it on one line: {command.Filter("tr -d '[:space:]'")}"),
            _ when text.Any(char.IsWhiteSpace) => ("there is white space within the token", $"write only the token: {command.Filter("tr -d '[:space:]'")}"),
            _ when text.Contains('%') => ("the token is percent-encoded", $"decode it first: {command.Filter("sed 's/%2[Ee]/./g; s/%2[Dd]/-/g; s/%5[Ff]/_/g'")}"),
            _ when IsEncodedToken(text) => ("the token is base64-encoded once more, as in the data of a Secret", $"decode it first: {command.Filter("base64 -d")}"),
            _ => CauseInParts(text.Split('.')),
        };
    }

    /// <summary>Whether a text is a signed token and nothing else.</summary>
    public static bool IsWholeToken(string text) => text.Split('.') is [{ Length: > 0 } header, ..] parts && parts.Length == 3 && SecretText.HasToken(header + ".x") && parts.All(part => !part.ContainsAnyExcept(base64UrlCharacters));

    /// <summary>Whether it is one that is encoded once more.</summary>
    public static bool IsEncodedToken(string text)
    {
        byte[] decoded = new byte[text.Length];
        return !text.Contains('.') && Convert.TryFromBase64String(text, decoded, out int length)
            && decoded.AsSpan(0, length).StartsWith("eyJ"u8) && decoded.AsSpan(0, length).Count((byte)'.') == 2;
    }

    private static (string Cause, string Fix)? CauseInParts(string[] parts) => parts.Length switch
    {
        1 or 2 when SecretText.HasToken(parts[0]) => ($"the token has {parts.Length} part{(parts.Length == 1 ? "" : "s")}, and a signed JWT has 3", "copy the token again, whole"),
        1 => ("the token is opaque, not a JWT", TokenFileCommand.Create),
        2 when parts is [{ Length: 6 }, { Length: 16 }] => ("this is a bootstrap token, not the token of a ServiceAccount", TokenFileCommand.Create),
        5 => ("the token is encrypted (JWE), not signed", TokenFileCommand.Create),
        not 3 => ($"the token has {parts.Length} parts, and a signed JWT has 3", TokenFileCommand.Create),
        _ when parts.Any(part => part.Length == 0) => ("a part of the token is empty; its signature may have been removed", TokenFileCommand.Create),
        _ when parts.Any(part => part.ContainsAnyExcept(base64UrlCharacters)) => ("the token contains characters that base64url does not have", "copy the token again; base64url has - and _ in place of + and /, and no ="),
        _ when CauseInJson(parts) is { } fault => (fault, $"no API server writes such a token: {TokenFileCommand.Create}"),
        _ when CompactToken.Parse(string.Join('.', parts)) is null => ("the token cannot be decoded; part of it is probably missing", "copy the token again, whole"),
        _ => null,
    };

    // What is JSON for some readers and not for others is no sign of a missing part.
    private static string? CauseInJson(string[] parts) => parts.Take(2).Zip((string[])["header", "payload"])
        .Where(part => StrictBase64Url.IsValid(part.First))
        .Select(part => (part.Second, Fault: FaultOf(Base64Url.DecodeFromChars(part.First))))
        .Where(part => part.Fault is not null)
        .Select(part => $"the {part.Second} of the token {part.Fault}")
        .FirstOrDefault();

    private static string? FaultOf(byte[] part)
    {
        using JsonDocument? json = StrictJson.ParseObject(part, out string? fault);
        return fault switch
        {
            "an unpaired surrogate escape" => $"has {fault}",
            not null when fault.StartsWith("a duplicate member", StringComparison.Ordinal) => $"has {fault}",
            _ when part.AsSpan().StartsWith("\uFEFF"u8) => "starts with a byte order mark",

            // Another value than an object, which is whole.
            ['a', ' ', 'J', 'S', 'O', 'N', ..] => $"is {fault}",
            _ => null,
        };
    }

    // RFC 7468 §2: a label ends with what is in it.
    private static string PemOf(string text)
    {
        string label = text[(text.IndexOf("-----BEGIN ", StringComparison.Ordinal) + 11)..].Split("-----")[0];
        return pem.FirstOrDefault(each => label.EndsWith(each.Label, StringComparison.Ordinal)).What ?? "PEM, a key or a certificate";
    }

    private static bool IsAssignment(string text) =>
        text.IndexOf("=eyJ", StringComparison.Ordinal) is > 0 and int equals && text[..equals].All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or ' ' or '.');
}
