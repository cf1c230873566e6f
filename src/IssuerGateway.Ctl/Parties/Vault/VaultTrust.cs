using System.Text.Json.Nodes;

namespace IssuerGateway.Ctl.Parties.Vault;

/// <summary>A jwt auth method for the issuer, and a role that one service account may log in to.</summary>
internal sealed record VaultTrust
{
    public required VaultProduct Product { get; init; }

    public required Workload Workload { get; init; }

    /// <summary>Where the method is mounted, without <c>auth/</c>.</summary>
    public required string Mount { get; init; }

    public required string Role { get; init; }

    public required IReadOnlyList<string> Policies { get; init; }

    /// <summary>A file with the CA of the issuer; absent: the roots of the server.</summary>
    public required string? CaFile { get; init; }

    /// <summary>URL of the server, which the pod and the commands with a network need.</summary>
    public required string? Address { get; init; }

    /// <summary>A namespace of Vault Enterprise or of OpenBao.</summary>
    public required string? ServerNamespace { get; init; }

    /// <summary>The configuration, whole: the server resets every field that a write leaves out.</summary>
    public JsonObject ConfigBody(string? ca)
    {
        JsonObject body = new() { ["oidc_discovery_url"] = Workload.Issuer.Value, ["bound_issuer"] = Workload.Issuer.Value };
        if (ca is not null)
        {
            body["oidc_discovery_ca_pem"] = ca;
        }

        return body;
    }

    /// <summary>Bound by subject: without it every pod of the cluster could log in.</summary>
    public JsonObject RoleBody() => new()
    {
        ["role_type"] = "jwt",
        ["user_claim"] = "sub",
        ["bound_audiences"] = new JsonArray(Workload.Audience),
        ["bound_subject"] = Workload.Subject,
        ["token_policies"] = new JsonArray([.. Policies.Select(policy => JsonValue.Create(policy))]),
    };
}
