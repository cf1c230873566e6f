using System.Text.RegularExpressions;
using IssuerGateway.Cli.EntraRender;

namespace IssuerGateway.Entra.SignIn;

/// <summary>Why there is no token for Microsoft Graph. Azure.Identity's texts run over pages; the deciding line of each is kept.</summary>
internal static partial class SignInFailure
{
    private static readonly (string Code, string Hint)[] hints =
    [
        ("AADSTS7002138", "subject differs in letter case: align the federated credential of the app that signs in"),
        ("AADSTS700213", "subject differs: align the federated credential of the app that signs in with namespace and service account"),
        ("AADSTS700212", "audience differs: mint the token with audience api://AzureADTokenExchange"),
        ("AADSTS700211", "no federated credential for this issuer: compare slash, letter case and path, or wait for a new one to spread"),
        ("AADSTS70021", "no federated credential for this issuer: compare slash, letter case and path, or wait for a new one to spread"),
        ("AADSTS70025", "the app that signs in has no federated credential: create it"),
        ("AADSTS700016", "the app is not in this tenant: compare AZURE_CLIENT_ID and --tenant"),
        ("AADSTS700024", "the token is not valid now: compare the clocks"),
        ("AADSTS70023", "the token lives longer than 25 hours or has no iat: set a shorter expirationSeconds"),
        ("AADSTS7000272", "the signing key is not published: issuer-gateway check shows what it sees"),
        ("AADSTS7000274", "the signature is wrong: the token was altered on its way"),
        ("AADSTS5002738", "the algorithm is not supported: sign with an RSA key"),
        ("AADSTS5002727", "the header typ is not JWT"),
        ("AADSTS501661", "Entra cannot fetch the issuer's documents: issuer-gateway check shows what it sees"),
        ("AADSTS50166", "Entra cannot fetch the issuer's documents: issuer-gateway check shows what it sees"),
        ("AADSTS90061", "Entra cannot fetch the issuer's documents: issuer-gateway check shows what it sees"),
        ("AADSTS900612", "Entra cannot read the issuer's keys: issuer-gateway check shows what it sees"),
    ];

    public static Failure Of(string message)
    {
        Match code = ErrorCode().Match(message);
        string line = message.Split('\n').Select(text => text.Trim()).FirstOrDefault(text => text.Contains("AADSTS", StringComparison.Ordinal))
            ?? message.Split('\n')[0].Trim();
        string hint = hints.FirstOrDefault(known => known.Code == code.Value).Hint
            ?? "az login --tenant TENANT, or --sign-in device-code, or --access-token-file FILE";
        return new Failure(ExitCode.CouldNotRun, $"no sign-in to Entra: {OptionText.Plain(line)}", hint);
    }

    [GeneratedRegex("AADSTS[0-9]+")]
    private static partial Regex ErrorCode();
}
