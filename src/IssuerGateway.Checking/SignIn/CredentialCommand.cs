using System.Text.Encodings.Web;
using System.Text.Json;
using IssuerGateway.Checking.Reports;

namespace IssuerGateway.Checking.SignIn;

/// <summary>The command that changes a federated credential, as the Azure CLI takes it.</summary>
internal static class CredentialCommand
{
    public static string Update(string app, string name, string issuer, string subject, string audience)
    {
        string parameters = $"{{\"issuer\":\"{Json(issuer)}\", \"subject\":\"{Json(subject)}\", \"audiences\":[\"{Json(audience)}\"]}}";
        return $"az ad app federated-credential update --id {app} --federated-credential-id {ShellText.Quote(name)} --parameters {ShellText.Quote(parameters)}";
    }

    private static JsonEncodedText Json(string text) => JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
}
