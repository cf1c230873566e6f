using System.Text.RegularExpressions;

namespace IssuerGateway.Ctl.Parties;

/// <summary>Texts of a party without the credentials that were sent to it: it may repeat them in its error, whole or cut.</summary>
internal static partial class CredentialRedaction
{
    private const int MinPartLength = 16;
    private const string Hidden = "(credential)";

    public static string Without(string text, IEnumerable<string> credentials)
    {
        string[] secrets = [.. credentials.SelectMany(each => each.Split('.').Where(part => part.Length >= MinPartLength).Prepend(each)).Where(each => each.Length > 0)];
        string shown = secrets.Aggregate(text, (rest, secret) => rest.Replace(secret, Hidden, StringComparison.Ordinal));
        return CredentialPart().Replace(shown, match => secrets.Any(secret => secret.Contains(match.Value, StringComparison.Ordinal)) ? Hidden : match.Value);
    }

    [GeneratedRegex("[A-Za-z0-9_-]{16,}")]
    private static partial Regex CredentialPart();
}
