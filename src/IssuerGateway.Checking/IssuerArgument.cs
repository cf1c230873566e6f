using System.Globalization;
using System.Text.RegularExpressions;
using IssuerGateway.Base;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking;

/// <summary>The issuer as somebody types it, and what was probably meant.</summary>
internal static partial class IssuerArgument
{
    private const string Scheme = "https://";

    public static IssuerIdentifier? Read(string text, List<(string Message, string Hint)> faults)
    {
        if (IssuerIdentifier.TryParse(text, out IssuerIdentifier issuer, out (string Expected, string Hint) fault))
        {
            return issuer;
        }

        // Before an @ there may be a password.
        string shown = text.Contains('@') ? "a URL with user information" : $"\"{PrintableText.Of(text)}\"";
        faults.Add(($"ISSUER-URL: {shown} is not an issuer, expected {fault.Expected}", Suggestion(text) is { } meant ? $"did you mean {meant}?" : "give the issuer exactly as tokens carry it, for example https://oidc.example.com"));
        return null;
    }

    private static string? Suggestion(string text)
    {
        string rest = ForeignScheme().Replace(text.Trim().Trim('"', '\'', '<', '>').Replace('\\', '/'), "");
        rest = rest.Split('?', '#')[0];
        int path = rest.IndexOf('/');
        string authority = path < 0 ? rest : rest[..path];
        authority = authority[(authority.LastIndexOf('@') + 1)..];
        string meant = $"{Scheme}{InAscii(authority)}{(path < 0 ? "" : rest[path..])}";
        foreach (string suffix in (string[])[IssuerIdentifier.DiscoverySuffix, "/openid/v1/jwks"])
        {
            meant = meant.EndsWith(suffix, StringComparison.Ordinal) ? meant[..^suffix.Length] : meant;
        }

        return meant != text && IssuerIdentifier.TryParse(meant, out _, out _) ? meant : null;
    }

    // RFC 5891: the form that DNS and certificates have.
    private static string InAscii(string authority)
    {
        try
        {
            return authority.All(char.IsAscii) ? authority : new IdnMapping().GetAscii(authority);
        }
        catch (ArgumentException)
        {
            return authority;
        }
    }

    [GeneratedRegex("^[A-Za-z]+:?/+|^/+", RegexOptions.CultureInvariant)]
    private static partial Regex ForeignScheme();
}
