using IssuerGateway.Base;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking;

/// <summary>The issuer as somebody types it, and what was probably meant.</summary>
internal static class IssuerArgument
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
        faults.Add(($"ISSUER-URL: {shown} is not an issuer, expected {fault.Expected}", Suggestion(text) is { } meant ? $"did you mean {meant}?" : fault.Hint));
        return null;
    }

    private static string? Suggestion(string text)
    {
        string rest = text.Trim().Trim('"', '\'');
        int scheme = rest.IndexOf("://", StringComparison.Ordinal);
        rest = scheme < 0 ? rest.TrimStart('/') : rest[(scheme + 3)..];
        rest = rest.Split('?', '#')[0];
        int path = rest.IndexOf('/');
        string authority = path < 0 ? rest : rest[..path];
        authority = authority[(authority.LastIndexOf('@') + 1)..];
        string meant = $"{Scheme}{authority}{(path < 0 ? "" : rest[path..])}";
        if (meant.EndsWith(IssuerIdentifier.DiscoverySuffix, StringComparison.Ordinal))
        {
            meant = meant[..^IssuerIdentifier.DiscoverySuffix.Length];
        }

        return IssuerIdentifier.TryParse(meant, out _, out _) ? meant : null;
    }
}
