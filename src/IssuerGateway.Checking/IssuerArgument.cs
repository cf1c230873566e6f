using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using IssuerGateway.Base;
using IssuerGateway.Checking.Tokens;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking;

/// <summary>The issuer as somebody types it, and what was probably meant.</summary>
internal static partial class IssuerArgument
{
    private const string Scheme = "https://";
    private const string Example = "give the issuer exactly as tokens carry it, for example https://oidc.example.com";

    private static readonly SearchValues<char> atSigns = SearchValues.Create("@\uFF20\uFE6B");

    private static readonly (string Path, string What)[] documents = [(IssuerIdentifier.DiscoverySuffix, "discovery document"), ("/openid/v1/jwks", "JWK Set"), ("/.well-known/jwks.json", "JWK Set")];

    public static IssuerIdentifier? Read(string text, List<(string Message, string Hint)> faults)
    {
        if (text.Trim().Length == 0)
        {
            faults.Add(("ISSUER-URL: is empty", Example));
            return null;
        }

        if (SecretText.HasToken(text) || (!text.Contains("://", StringComparison.Ordinal) && TokenShape.IsLike(text.Trim())))
        {
            faults.Add(("ISSUER-URL: the value is a token or contains one, and a URL is expected", "write the token to a file: check https://oidc.example.com --token FILE"));
            return null;
        }

        (string Path, string What)? document = documents.Cast<(string Path, string What)?>().FirstOrDefault(each => text.TrimEnd('/').EndsWith(each!.Value.Path, StringComparison.OrdinalIgnoreCase));
        if (IssuerIdentifier.TryParse(text, out IssuerIdentifier issuer, out (string Expected, string Hint) fault) && document is null && !EndsHostWithDot(text))
        {
            return issuer;
        }

        if (document is not null && text.StartsWith(Scheme, StringComparison.Ordinal))
        {
            fault.Expected = $"the issuer, not the URL of its {document.Value.What}";
        }

        else if (EndsHostWithDot(text))
        {
            fault.Expected = "a host without a dot at its end, which no certificate has (RFC 6066 §3)";
        }

        else if (HasBadPort(text))
        {
            fault.Expected = "a port from 1 to 65535 after the host";
        }

        string shown = UrlOption.HasUserInformation(text) || IsCutBeforeHost(text) ? "a URL with user information"
            : SecretFrom(text) is { } end ? $"\"{PrintableText.Of(text[..end])}...\""
            : $"\"{PrintableText.Of(text)}\"";
        faults.Add(($"ISSUER-URL: {shown} is not an issuer, expected {fault.Expected}", !IsCutBeforeHost(text) && Suggestion(text) is { } meant ? $"did you mean {meant}?" : Example));
        return null;
    }

    private static bool EndsHostWithDot(string text) => IssuerIdentifier.TryParse(text, out IssuerIdentifier issuer, out _) && issuer.Host.EndsWith('.');

    // What a shell leaves of a URL whose password has a & or a ; in it, without quotes: a user, and a part of the password.
    private static bool IsCutBeforeHost(string text) => !UrlOption.HasUserInformation(text) && UserAndPassword().IsMatch(text) && !IPAddress.TryParse(text[(text.LastIndexOf('/') + 1)..], out _);

    // Behind a colon that starts no port there may be a password, and in a query or a fragment what grants access.
    private static int? SecretFrom(string text)
    {
        int[] ends = [text.IndexOfAny(['?', '#']) + 1, NoPort().Match(text) is { Success: true } host && !IPAddress.TryParse(text[(text.LastIndexOf('/') + 1)..], out _) ? host.Length : 0];
        return ends.Where(end => end > 0).Order().Cast<int?>().FirstOrDefault();
    }

    private static bool HasBadPort(string text)
    {
        string authority = text.StartsWith(Scheme, StringComparison.Ordinal) ? text[Scheme.Length..].Split('/', '?', '#', '\\')[0] : "";
        return authority is not ("http:" or "https:") && !UrlOption.HasUserInformation(text) && !IsCutBeforeHost(text) && WithoutBadPort(authority) != authority;
    }

    private static string WithoutBadPort(string authority) =>
        authority.LastIndexOf(':') is > 0 and int colon && !IssuerIdentifier.TryParse(Scheme + authority, out _, out _) && IssuerIdentifier.TryParse(Scheme + authority[..colon], out _, out _) ? authority[..colon] : authority;

    private static string? Suggestion(string text)
    {
        if (text.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        string visible = string.Concat(text.Where(c => char.GetUnicodeCategory(c) != UnicodeCategory.Format));
        string rest = ForeignScheme().Replace(visible.Trim().Trim('"', '\'', '<', '>').Replace('\\', '/'), "");
        if (UrlOption.HasUserInformation(rest))
        {
            int at = rest.AsSpan().IndexOfAny(atSigns);

            // A password may contain what ends a host, and an @ too: then nothing tells where it ends.
            if (at < 0 || rest.AsSpan(0, at).ContainsAny("/?#%") || UrlOption.HasUserInformation(rest[(at + 1)..]) || !rest[(at + 1)..].Split('/', '?', '#')[0].Contains('.'))
            {
                return null;
            }

            rest = rest[(at + 1)..];
        }

        rest = rest.Split('?', '#')[0];
        int path = rest.IndexOf('/');
        string authority = path < 0 ? rest : rest[..path];
        string meant = $"{Scheme}{IssuerDifference.WithoutHostDot(WithoutBadPort(InAscii(authority)))}{(path < 0 ? "" : EmptySegments().Replace(rest[path..], "/"))}";
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
            return IPAddress.TryParse(authority, out IPAddress? address) && address.AddressFamily == AddressFamily.InterNetworkV6 && !authority.StartsWith('[') ? $"[{authority}]"
                : authority.All(char.IsAscii) ? authority
                : new IdnMapping().GetAscii(authority);
        }
        catch (ArgumentException)
        {
            return authority;
        }
    }

    [GeneratedRegex("^(?:[A-Za-z]+:/+){2,}|^[A-Za-z]+:?/+|^https?:(?=[^/0-9])|^/+", RegexOptions.CultureInvariant)]
    private static partial Regex ForeignScheme();

    [GeneratedRegex("^(?:[A-Za-z]+:/+)*(?!https?:)[^/?#.:@\\[\\]\\s]+:(?![0-9]{1,5}(?:[/?#]|\\z))[^/]", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex UserAndPassword();

    [GeneratedRegex("^(?:[A-Za-z]+:[/\\\\]+)*(?!https?:)[^/?#\\\\:\\[\\]]*:(?=[^/\\\\])(?![0-9]{1,5}(?:[/?#]|\\z))", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex NoPort();

    [GeneratedRegex("/{2,}", RegexOptions.CultureInvariant)]
    private static partial Regex EmptySegments();
}
