using IssuerGateway.Issuers;
using static IssuerGateway.Checking.Rules.Sources;

namespace IssuerGateway.Checking.Rules;

/// <summary>Responses of the parties that several rules share.</summary>
internal static class Responses
{
    public const string EntraFetch = "AADSTS50166: Request to External OIDC endpoint failed (sometimes AADSTS501661 or AADSTS90061)";
    public const string EntraNoMatch = "AADSTS700211: No matching federated identity record found for presented assertion issuer (older: AADSTS70021)";
    public const string EntraKeys = "AADSTS900612: the keys could not be parsed";
    public const string EntraUnpublished = "AADSTS7000272: the signing key is not among the published keys";
    public const string EntraSignature = "AADSTS7000274: the signature is invalid";
    public const string EntraAlgorithm = "AADSTS5002738: the signature algorithm is not supported";
    public const string EntraLifetime = "AADSTS70023: the lifetime is over 25 h, or iat is missing";
    public const string EntraTime = "AADSTS700024: Client assertion is not within its valid time range";
    public const string AwsFetch = "InvalidIdentityToken: Couldn't retrieve verification key from your identity provider";
    public const string AwsInvalid = "InvalidIdentityToken: The web identity token provided could not be validated";
    public const string AwsProvider = "InvalidIdentityToken: No OpenIDConnect provider found in your account";
    public const string AwsDocument = "Please check .well-known/openid-configuration of provider is valid";
    public const string GoogleFetch = "invalid_grant: Error connecting to the given credential's issuer.";
    public const string GoogleIssuer = "invalid_grant: issuer claim in OIDC discovery document does not match the issuer specified in the request.";
    public const string VaultFetch = "error checking oidc discovery URL (when configured); error configuring token validator: ... (at login)";
    public const string VaultKeys = "error checking jwks URL (when configured); fetching keys ... (at login)";
    public const string VaultSignature = "failed to verify id token signature";
    public const string KubernetesFetch = "401; API server log: authenticator for issuer ... is not initialized";
    public const string KubernetesKeys = "401; API server log: fetching keys oidc: get keys failed";
    public const string KubernetesIssuer = "401 (no authenticator for the issuer)";
    public const string KubernetesAlgorithm = "401; API server log: id token signed with unsupported algorithm";
    public const string KubernetesSignature = "401; API server log: failed to verify id token signature";

    /// <summary>What the parties written in Go say of a document that they do not get depends on which one it is.</summary>
    public static PartyRule In(string step, PartyRule entry) => (step, entry.Response) switch
    {
        ("jwks", VaultFetch) => entry with { Response = VaultKeys },
        ("jwks", KubernetesFetch) => entry with { Response = KubernetesKeys },
        ("discovery", VaultKeys) => entry with { Response = VaultFetch },
        ("discovery", KubernetesKeys) => entry with { Response = KubernetesFetch },
        _ => entry,
    };

    /// <summary>Nobody gets the discovery document.</summary>
    public static IReadOnlyList<PartyRule> NoDocument(Severity severity = Severity.Error) => Every(severity,
        ForEntra(severity, EntraFetch), ForAws(severity, AwsFetch), ForGoogle(severity, GoogleFetch, Evidence.Observed),
        ForVault(severity, VaultFetch), ForOpenBao(severity, VaultFetch), ForKubernetes(severity, KubernetesFetch), ForGeneric(severity));

    /// <summary>Nobody gets a usable key set.</summary>
    public static IReadOnlyList<PartyRule> NoKeys(Severity severity = Severity.Error) => Every(severity,
        ForEntra(severity, EntraKeys), ForAws(severity, AwsFetch), ForGoogle(severity, GoogleFetch, Evidence.Observed),
        ForVault(severity, VaultKeys), ForOpenBao(severity, VaultKeys), ForKubernetes(severity, KubernetesKeys), ForGeneric(severity));

    /// <summary>The parties built on go-jose reject the whole set, others only the key.</summary>
    public static IReadOnlyList<PartyRule> BreaksTheSetInGo(Severity? others, params PartyRule[] stated) => Every(others,
    [
        ForVault(Severity.Error, VaultKeys), ForOpenBao(Severity.Error, VaultKeys), ForKubernetes(Severity.Error, KubernetesKeys), .. stated,
    ]);

    /// <summary>The libraries of the parties written in Go read it.</summary>
    public static IReadOnlyList<PartyRule> ReadByGo(Severity? others, params PartyRule[] stated) => Every(others, [RunInGo("vault", null), RunInGo("openbao", null), RunInGo("kubernetes", null), .. stated]);

    /// <summary>The parties built on go-jose do not read the member.</summary>
    public static IReadOnlyList<PartyRule> IgnoredInGo(Severity? others, params PartyRule[] stated) => Every(others,
    [
        .. ((string[])["vault", "openbao", "kubernetes"]).Where(id => stated.All(entry => entry.Party != id)).Select(id => ForParty(id, null, null, Evidence.SourceRead)), .. stated,
    ]);
}
