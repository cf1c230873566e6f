using IssuerGateway.Checking.Exchange;

namespace IssuerGateway.Ctl.Parties;

/// <summary>Texts of a party without the credentials that were sent to it.</summary>
internal static class CredentialRedaction
{
    public const string Placeholder = "(credential)";

    /// <summary>A longer text is cut: a few hundred characters of it are shown, and a hostile one would take minutes to search.</summary>
    private const int MaxText = 16 * 1024;

    public static string Without(string text, IEnumerable<string> credentials) => ReturnedText.Without(text.Length > MaxText ? text[..MaxText] : text, credentials, Placeholder);
}
