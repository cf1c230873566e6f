using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Rules;

/// <summary>Where the statements of the table come from, and shorthands for its entries.</summary>
internal static class Sources
{
    private static readonly DateOnly read = new(2026, 11, 28);

    public static readonly RuleSource Entra = new("learn.microsoft.com/entra/workload-id and public error reports", read);
    public static readonly RuleSource AwsCalls = new("radkawar/stackd@9dc356f (recorded STS and IAM calls)", read);
    public static readonly RuleSource AwsDocs = new("docs.aws.amazon.com/IAM", read);
    public static readonly RuleSource Google = new("cloud.google.com/iam/docs, workload identity federation", read);
    public static readonly RuleSource GoogleReports = new("googlecloudplatform/gcs-fuse-csi-driver#1471, siderolabs/talos#13210, googleapis/google-cloud-go#12440", read);
    public static readonly RuleSource Vault = new("hashicorp/vault-plugin-auth-jwt@2e68bba, hashicorp/cap@cf52420", read);
    public static readonly RuleSource OpenBao = new("openbao/openbao@201fc79 builtin/credential/jwt", read);
    public static readonly RuleSource Kubernetes = new("Kubernetes 1.36.2, go-oidc 2.5.0, go-jose 2.6.3", read);
    public static readonly RuleSource GoOfVault = new("go-jose 4.1.4 with go-oidc 3.10, run with Go 1.26", new(2026, 11, 29));
    public static readonly RuleSource GoOfKubernetes = new("go-jose 2.6.3, run with Go 1.26", new(2026, 11, 29));
    public static readonly RuleSource GoTls = new("Go 1.18 release notes, crypto/x509", new(2026, 12, 1));
    public static readonly RuleSource Keycloak = new("keycloak/keycloak@29a98587", read);
    public static readonly RuleSource Standards = new("OIDC Discovery 1.0, RFC 7515, 7517, 7518, 7519", read);

    private static readonly Dictionary<string, RuleSource> usual = new(StringComparer.Ordinal)
    {
        ["entra"] = Entra,
        ["aws"] = AwsCalls,
        ["google"] = Google,
        ["vault"] = Vault,
        ["openbao"] = OpenBao,
        ["kubernetes"] = Kubernetes,
        ["generic"] = Standards,
        ["anthropic"] = new("platform.claude.com documentation", read),
        ["openai"] = new("developers.openai.com documentation", read),
        ["snowflake"] = new("docs.snowflake.com", read),
        ["databricks"] = new("docs.databricks.com", read),
        ["keycloak"] = Keycloak,
    };

    public static PartyRule ForEntra(Severity? severity, string? response, Evidence evidence = Evidence.Documented, RuleSource? source = null) =>
        new("entra", severity, response, evidence, source ?? Entra);

    public static PartyRule ForAws(Severity? severity, string? response, Evidence evidence = Evidence.Observed, RuleSource? source = null) =>
        new("aws", severity, response, evidence, source ?? (evidence == Evidence.Documented ? AwsDocs : AwsCalls));

    /// <param name="wording">How well the text is known, where that differs from how well it is known that the party does so.</param>
    public static PartyRule ForGoogle(Severity? severity, string? response, Evidence evidence = Evidence.Documented, Evidence? wording = null) =>
        new("google", severity, response, evidence, evidence == Evidence.Observed ? GoogleReports : Google) { Wording = wording ?? evidence };

    public static PartyRule ForVault(Severity? severity, string? response) => new("vault", severity, response, Evidence.SourceRead, Vault);

    public static PartyRule ForOpenBao(Severity? severity, string? response) => new("openbao", severity, response, Evidence.SourceRead, OpenBao);

    public static PartyRule ForKubernetes(Severity? severity, string? response) => new("kubernetes", severity, response, Evidence.SourceRead, Kubernetes);

    /// <summary>What the libraries of the party did when they were run.</summary>
    public static PartyRule RunInGo(string party, Severity? severity, string? response = null) => new(party, severity, response, Evidence.Observed, party == "kubernetes" ? GoOfKubernetes : GoOfVault);

    /// <summary>What the TLS of Go does, in which the party is written.</summary>
    public static PartyRule ByGo(string party, string? response) => new(party, Severity.Error, response, Evidence.Documented, GoTls);

    public static PartyRule ForGeneric(Severity? severity, string? response = null) => new("generic", severity, response, Evidence.Documented, Standards);

    public static PartyRule ForParty(string party, Severity? severity, string? response = null, Evidence evidence = Evidence.Documented) => new(party, severity, response, evidence, usual[party]);

    /// <summary>How the facts of a party are known, where nothing else is said of a single one.</summary>
    private static Evidence MarkOf(string party) => party switch
    {
        "aws" => Evidence.Observed,
        "vault" or "openbao" or "kubernetes" or "keycloak" => Evidence.SourceRead,
        _ => Evidence.Documented,
    };

    /// <summary>An entry for each party where the facts of all leave nothing else, whether or not anybody has recorded what they say then.</summary>
    public static IReadOnlyList<PartyRule> Certain(Severity severity, params PartyRule[] stated) =>
    [
        .. RelyingParty.Ids.Select(id => stated.FirstOrDefault(entry => entry.Party == id) ?? new PartyRule(id, severity, null, MarkOf(id), usual[id])),
    ];

    /// <summary>An entry for each party: those that are stated, and for the others the assumption.</summary>
    public static IReadOnlyList<PartyRule> Every(Severity? others, params PartyRule[] stated) =>
    [
        .. RelyingParty.Ids.Select(id => stated.FirstOrDefault(entry => entry.Party == id) ?? new PartyRule(id, others, null, id == "generic" ? Evidence.Documented : Evidence.Unconfirmed, usual[id])),
    ];
}
