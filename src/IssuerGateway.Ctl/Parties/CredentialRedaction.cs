using IssuerGateway.Checking.Exchange;

namespace IssuerGateway.Ctl.Parties;

/// <summary>Texts of a party without the credentials that were sent to it.</summary>
internal static class CredentialRedaction
{
    public static string Without(string text, IEnumerable<string> credentials) => ReturnedText.Without(text, credentials, "(credential)");
}
