using System.Globalization;
using System.Text.RegularExpressions;
using IssuerGateway.Base;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking;

/// <summary>The issuer as somebody types it, and what was probably meant.</summary>
internal static partial class IssuerArgument
{
    private const string Scheme = "https://";
    private const string Example = "give the issuer exactly as tokens carry it, for example https://oidc.example.com";

    private static readonly (string Path, string What)[] documents = [(IssuerIdentifier.DiscoverySuffix, "discovery document"), ("/openid/v1/jwks", "JWK Set"), ("/.well-known/jwks.json", "JWK Set")];

    public static IssuerIdentifier? Read(string text, List<(string Message, string Hint)> faults)
    {
        if (text.Trim().Length == 0)
        {
            faults.Add(("ISSUER-URL: is empty", Example));
            return null;
        }

        if (SecretText.HasToken(text))
        {
            faults.Add(("ISSUER-URL: the value is a token or contains one, and a URL is expected", "write the token to a file: check https://oidc.example.com --token FILE"));
            return null;
        }

        (string Path, string What)? document = documents.Cast<(string Path, string What)?>().FirstOrDefault(each => text.TrimEnd('/').EndsWith(each!.Value.Path, StringComparison.OrdinalIgnoreCase));
        if (IssuerIdentifier.TryParse(text, out IssuerIdentifier issuer, out (string Expected, string Hint) fault) && document is null)
        {
            return issuer;
        }

        if (document is not null && text.StartsWith(Scheme, StringComparison.Ordinal))
        {
            fault.Expected = $"the issuer, not the URL of its {document.Value.What}";
        }

        // Before an @ there may be a password, and in a query a signature that grants access.
        int query = text.IndexOf('?');
        string shown = UrlOption.HasUserInformation(text) ? "a URL with user information"
            : query < 0 ? $"\"{PrintableText.Of(text)}\""
            : $"\"{PrintableText.Of(text[..query])}?...\"";
        faults.Add(($"ISSUER-URL: {shown} is not an issuer, expected {fault.Expected}", Suggestion(text) is { } meant ? $"did you mean {meant}?" : Example));
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
        foreach ((string suffix, _) in documents)
        {
            string bare = meant.TrimEnd('/');
            meant = bare.EndsWith(suffix, StringComparison.OrdinalIgnoreCase) ? bare[..^suffix.Length] : meant;
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
