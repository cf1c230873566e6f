using System.Text;
using System.Text.Json.Nodes;
using IssuerGateway.Ctl.Parties.Drift;
using IssuerGateway.Ctl.Parties.Verification;

namespace IssuerGateway.Ctl.Parties.Vault;

/// <summary>Compares a jwt auth method and its role, as the server has them, with what is wanted.</summary>
internal sealed class VaultVerification(VaultTrust trust, TrustReport report)
{
    // What an empty jwt_supported_algs means at login, whatever the server's help says (vault-plugin-auth-jwt 2e68bba).
    private static readonly string[] algorithms = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "EdDSA"];

    private IReadOnlyList<string> supported = algorithms;
    private IReadOnlyList<PinnedKey>? held;

    private string Apply => $"issuerctl trust plan {trust.Product.Party} shows what apply would change";

    public bool HasMethod(string? type)
    {
        if (type is null)
        {
            report.Error("method-missing", $"there is no auth method at auth/{trust.Mount}", $"issuerctl trust apply {trust.Product.Party}, or correct --path");
        }
        else if (type is not ("jwt" or "oidc"))
        {
            report.Error("method-type", $"auth/{trust.Mount} is a method of type {type}", "correct --path");
        }

        return type is "jwt" or "oidc";
    }

    public VerifiedTrust Compare(JsonObject? config, JsonObject? role)
    {
        CompareConfig(config ?? []);
        if (role is null)
        {
            report.Error("role-missing", $"there is no role {trust.Role} at auth/{trust.Mount}", $"issuerctl trust apply {trust.Product.Party}, or correct --role");
        }
        else
        {
            CompareRole(role);
        }

        return Trust();
    }

    public VerifiedTrust Trust() => new()
    {
        Name = $"role {trust.Role}",
        Evidence = trust.Product.Title,
        Workload = trust.Workload,
        Algorithms = supported,
        HeldKeys = held,
        RenewKeys = "write the configuration with the published keys, whole (a write resets what it leaves out), or use oidc_discovery_url; before the cluster signs with a new key",
    };

    private void CompareConfig(JsonObject config)
    {
        string issuer = trust.Workload.Issuer.Value;
        IReadOnlyList<string> pinned = [.. ExportedFile.Texts(config["jwt_validation_pubkeys"]).Where(key => key.Length > 0)];
        string? discovery = ExportedFile.Text(config["oidc_discovery_url"]);
        if (discovery is { Length: > 0 })
        {
            report.CompareIssuer("config-issuer", "oidc_discovery_url", discovery, issuer, "one method serves one issuer: use another --path, or write the configuration, whole");
        }
        else if (pinned.Count > 0)
        {
            held = KeyFile.Read(Encoding.UTF8.GetBytes(string.Join('\n', pinned)), out _);
            if (held is null)
            {
                report.Error("keys-unreadable", "jwt_validation_pubkeys has no key that can be read", "write the configuration with the published keys, whole");
            }
        }
        else if (ExportedFile.Text(config["jwks_url"]) is { Length: > 0 } url)
        {
            report.NotChecked("keys", $"the server fetches them at {Base.PrintableText.Of(url)}");
        }
        else if (config["jwks_pairs"] is JsonArray { Count: > 0 })
        {
            report.NotChecked("keys", "the server fetches them at each URL of jwks_pairs");
        }
        else
        {
            report.Error("config-missing", $"auth/{trust.Mount} is not configured: it has no source of keys", Apply);
        }

        if (ExportedFile.Text(config["bound_issuer"]) is { Length: > 0 } bound)
        {
            report.CompareIssuer("config-bound-issuer", "bound_issuer", bound, issuer, "write the configuration, whole, with the issuer as the tokens have it");
        }
        else if (discovery is not { Length: > 0 })
        {
            report.Warn("config-any-issuer", "bound_issuer is not set: any issuer that signs with these keys is trusted", "write the configuration, whole, with bound_issuer");
        }

        supported = ExportedFile.Texts(config["jwt_supported_algs"]) is { Count: > 0 } some ? some : algorithms;
    }

    private void CompareRole(JsonObject role)
    {
        report.Compare("role-type", "role_type", ExportedFile.Text(role["role_type"]), "jwt", $"the default is oidc, which takes no token: {Apply}");
        IReadOnlyList<string> audiences = ExportedFile.Texts(role["bound_audiences"]);
        if (!audiences.Contains(trust.Workload.Audience, StringComparer.Ordinal))
        {
            report.Error("role-audience", $"bound_audiences is {TrustReport.Shown(audiences)}, and {TrustReport.Shown(trust.Workload.Audience)} is none of them", $"project the token with one of them, or {Apply}");
        }

        CompareSubject(role);
        // The server keeps the names in lower case.
        IReadOnlyList<string> policies = [.. ExportedFile.Texts(role["token_policies"]), .. ExportedFile.Texts(role["policies"])];
        string[] missing = [.. trust.Policies.Except(policies, StringComparer.OrdinalIgnoreCase)], more = [.. policies.Distinct().Except(trust.Policies, StringComparer.OrdinalIgnoreCase)];
        if (missing.Length > 0)
        {
            report.Error("role-policies", $"the role does not give {TrustReport.Shown(missing)}; it gives {TrustReport.Shown(policies)}", Apply);
        }

        if (more.Length > 0)
        {
            report.Warn("role-more-policies", $"the role also gives {TrustReport.Shown(more)}", "name them with --policy if they are meant, else remove them");
        }

        if (ExportedFile.Texts(role["token_bound_cidrs"]).Any())
        {
            report.NotChecked("token_bound_cidrs", "it depends on where the pod is");
        }
    }

    private void CompareSubject(JsonObject role)
    {
        string subject = trust.Workload.Subject;
        JsonObject claims = role["bound_claims"] as JsonObject ?? [];
        IReadOnlyList<string> bound = ExportedFile.Text(role["bound_subject"]) is { Length: > 0 } text ? [text] : ExportedFile.Texts(claims["sub"]);
        bool isGlob = ExportedFile.Text(role["bound_subject"]) is not { Length: > 0 } && ExportedFile.Text(role["bound_claims_type"]) == "glob";
        if (bound.Count == 0 && claims.Count == 0)
        {
            report.Error("role-open", "the role has no bound_subject: every pod of the cluster can log in", $"bound_subject={subject}: {Apply}");
        }
        else if (bound.Count == 0)
        {
            report.NotChecked("bound_claims", $"the role is bound by {string.Join(", ", claims.Select(claim => Base.PrintableText.Of(claim.Key)))} in place of sub");
        }
        else if (isGlob && bound.Any(value => value.Contains('*', StringComparison.Ordinal)))
        {
            report.Warn("role-wide", $"the role admits every subject like {TrustReport.Shown(bound)}", $"bound_subject={subject}: {Apply}");
        }
        else if (!bound.Contains(subject, StringComparer.Ordinal))
        {
            report.Error("role-subject", $"the role is bound to {TrustReport.Shown(bound)}{bound.Select(value => TrustReport.Nearly(value, subject)).FirstOrDefault(each => each.Length > 0)}, not to {TrustReport.Shown(subject)}", Apply);
        }

        foreach (KeyValuePair<string, JsonNode?> claim in claims.Where(claim => claim.Key != "sub" && bound.Count > 0))
        {
            report.NotChecked($"bound_claims.{Base.PrintableText.Of(claim.Key)}", "it is compared with a claim that only the token has");
        }
    }
}
