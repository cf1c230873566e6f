using System.Globalization;
using System.Text.RegularExpressions;
using IssuerGateway.Base;

namespace IssuerGateway.Checking.Exchange;

/// <summary>What Entra's error codes mean for a federated token, and what to do (docs/troubleshooting/aadsts.md).</summary>
public static partial class EntraErrors
{
    private static readonly (int Code, string Meaning, string Fix)[] known =
    [
        (70021, "no federated credential for this issuer", "compare slash, letter case and path of the credential's issuer with the token's iss; a new credential takes minutes"),
        (700211, "no federated credential for this issuer", "compare slash, letter case and path of the credential's issuer with the token's iss; a new credential takes minutes"),
        (700212, "the audience differs", "project the token with audience: api://AzureADTokenExchange"),
        (700213, "the subject differs", "set subject of the credential to system:serviceaccount:NAMESPACE:NAME"),
        (7002138, "the subject differs only in letter case", "copy the subject from the token"),
        (70025, "the app has no federated credential", "create it: issuerctl trust apply entra-app"),
        (90002, "there is no such tenant in this cloud", "check the tenant id (az account show --query tenantId -o tsv) and the cloud"),
        (700016, "the app is not in this tenant", "check --client-id and --tenant"),
        (50166, "the request to the issuer failed", "run issuerctl check from outside your network: DNS, firewall, TLS, path, document"),
        (501661, "the request to the issuer failed", "run issuerctl check from outside your network; look for empty members in the document"),
        (90061, "the request to the issuer failed", "run issuerctl check from outside your network: DNS, firewall, TLS, path, document"),
        (900612, "the keys could not be parsed", "publish the set as the API server writes it: kubectl get --raw /openid/v1/jwks"),
        (7000272, "the signing key is not among the keys that Entra holds", "stale key set, another cluster's token, or a rotation that signed too early: wait, or publish first next time"),
        (7000274, "the signature is invalid", "create a new token; if that is rejected too, Entra holds another key under its kid: wait until it fetches again, or let no two clusters sign with one kid"),
        (5002738, "the algorithm is not supported", "sign with an RSA key"),
        (5002727, "the typ of the token is wrong", "send a token of the API server, which writes no such typ"),
        (70023, "the lifetime is over 25 h, or iat is missing", "project the token with expirationSeconds: 3600"),
        (700024, "not within the token's time range", "re-read the token file at every use; check the clock"),
        (50027, "the token is not valid", "send a token of the API server, unchanged and without a newline: kubectl create token SERVICEACCOUNT --namespace NAMESPACE --audience api://AzureADTokenExchange"),
    ];

    /// <summary>Every code with an explanation, as Entra writes it; each has a section in <c>docs/troubleshooting/aadsts.md</c>.</summary>
    public static IEnumerable<string> Codes => known.Select(entry => string.Create(CultureInfo.InvariantCulture, $"AADSTS{entry.Code}"));

    /// <summary>The code in an <c>error_description</c>, with its explanation when it is a known one.</summary>
    public static (string Code, string Meaning, string Fix)? Explain(string description)
    {
        Match match = Code().Match(description);
        if (!match.Success)
        {
            return null;
        }

        (int Code, string Meaning, string Fix) entry = known.FirstOrDefault(each => each.Code.ToString(CultureInfo.InvariantCulture) == match.Groups[1].Value);
        return entry.Code == 0
            ? (match.Value, "not a code of workload identity federation", $"look it up: https://login.microsoftonline.com/error?code={match.Groups[1].Value}")
            : (match.Value, entry.Meaning, entry.Fix);
    }

    /// <summary>The section about a code that is explained; null for any other.</summary>
    public static string? LinkOf(string code) => Codes.Contains(code) ? Documentation.OfEntraCode(code) : null;

    /// <summary>Whether the token is what it should be, and the federated credential is not.</summary>
    public static bool IsAboutTheCredential(string code) => code is "AADSTS70021" or "AADSTS700211" or "AADSTS700212" or "AADSTS700213" or "AADSTS7002138" or "AADSTS70025";

    /// <summary>
    /// The description as one printable line: bounded, but with the Trace ID, Correlation ID and Timestamp that Microsoft's
    /// support wants whole, wherever in the text they are.
    /// </summary>
    public static string Printable(string description) => Printable(description, description);

    /// <summary>One line of a longer text, with the ids of the whole of it.</summary>
    public static string Printable(string line, string whole)
    {
        string[] ids = [.. Ids().Matches(whole).Select(match => match.Value)];
        string text = PrintableText.Of(Ids().Replace(line, "").Trim());
        return ids.Length == 0 ? text : $"{text} ({string.Join(' ', ids)})";
    }

    [GeneratedRegex("(?:Trace ID|Correlation ID): [0-9a-fA-F-]{36}|Timestamp: [0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:.]{8,16}Z?", RegexOptions.CultureInvariant)]
    private static partial Regex Ids();

    [GeneratedRegex("AADSTS([0-9]{5,8})", RegexOptions.CultureInvariant)]
    private static partial Regex Code();
}
