using System.Text.Json.Nodes;
using IssuerGateway.Ctl.Parties.Registering;
using IssuerGateway.Ctl.Parties.Verification;

namespace IssuerGateway.Ctl.Parties.Vault;

/// <summary>Registers a jwt auth method and a role in Vault or OpenBao.</summary>
internal sealed class VaultRegistrar(VaultTrust trust, string? ca, string token, Func<CancellationToken, Task<(string Message, string Hint)?>> validateIssuer) : PartyRegistrar
{
    // A write of the configuration resets what it leaves out: every field that was read is written again.
    private static readonly string[] configFields =
    [
        "oidc_discovery_url", "oidc_discovery_ca_pem", "bound_issuer", "jwt_supported_algs", "default_role", "jwks_url", "jwks_ca_pem",
        "jwt_validation_pubkeys", "provider_config", "namespace_in_state", "unsupported_critical_cert_extensions", "oidc_client_id",
        "oidc_response_mode", "oidc_response_types",
    ];

    public override string Endpoint => trust.Address!.TrimEnd('/');

    public override string EndpointOption => "--address";

    public override string Title => trust.Product.Title;

    public override string Next => $"Next: issuerctl trust test {trust.Product.Party} --token FILE --address {trust.Address} --path {trust.Mount} --role {trust.Role}{(trust.ServerNamespace is { } inner ? $" --server-namespace {inner}" : "")}";

    private string ConfigPath => $"/v1/auth/{trust.Mount}/config";

    private string RolePath => $"/v1/auth/{trust.Mount}/role/{trust.Role}";

    public override ValueTask<string> AuthorizeAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Add("X-Vault-Token", token);
        if (trust.ServerNamespace is not null)
        {
            request.Headers.Add("X-Vault-Namespace", trust.ServerNamespace);
        }

        return ValueTask.FromResult(token);
    }

    public override async Task<PlannedChanges> PlanAsync(PartyApi api, CancellationToken cancellationToken)
    {
        if (await validateIssuer(cancellationToken) is { } fault)
        {
            return PlannedChanges.Rejected(fault.Message, fault.Hint);
        }

        List<string> unchanged = [];
        List<PlannedWrite> writes = [];
        string? type = await MethodTypeAsync(api, cancellationToken);
        if (type is not (null or "jwt" or "oidc"))
        {
            return PlannedChanges.Rejected($"--path: auth/{trust.Mount} is a method of type {type}", "choose another --path");
        }

        if (type is null)
        {
            writes.Add(new PlannedWrite($"+ auth method jwt at auth/{trust.Mount}", HttpMethod.Post, $"/v1/sys/auth/{trust.Mount}", new JsonObject { ["type"] = "jwt" }));
        }
        else
        {
            unchanged.Add($"auth method {type} at auth/{trust.Mount}");
        }

        JsonObject? config = type is null ? null : await ReadAsync(api, ConfigPath, cancellationToken);
        if (OtherSource(config) is { } other)
        {
            return PlannedChanges.Rejected($"--path: auth/{trust.Mount} takes its keys from {other} already; one method serves one issuer, and a write of its configuration would replace it whole ({trust.Product.Title} jwt auth method)", "choose another --path");
        }

        Compare($"configuration of auth/{trust.Mount}", config, trust.ConfigBody(ca), ConfigPath, Whole(config, trust.ConfigBody(ca)), unchanged, writes);
        if (Text(config?["oidc_client_id"]) is { Length: > 0 } client && writes.Exists(write => write.Path == ConfigPath))
        {
            return PlannedChanges.Rejected($"--path: auth/{trust.Mount} signs users in as client {client}; a write of its configuration would lose the secret of that client, which the server does not return ({trust.Product.Title} jwt auth method)", "choose another --path");
        }

        JsonObject? role = type is null ? null : await ReadAsync(api, RolePath, cancellationToken);
        Compare($"role {trust.Role}", role, trust.RoleBody(), RolePath, trust.RoleBody(), unchanged, writes);
        return new PlannedChanges { Unchanged = unchanged, Writes = writes };
    }

    public override async Task<PlannedChanges> PlanRemovalAsync(PartyApi api, CancellationToken cancellationToken)
    {
        if (await ReadAsync(api, RolePath, cancellationToken) is not { } role)
        {
            return new PlannedChanges { Unchanged = [$"auth/{trust.Mount}: there is no role {trust.Role}"] };
        }

        return Text(role["bound_subject"]) == trust.Workload.Subject
            ? new PlannedChanges
            {
                Unchanged = [$"auth method at auth/{trust.Mount}, which other roles may use"],
                Writes = [new PlannedWrite($"- role {trust.Role} for {trust.Workload.Subject}", HttpMethod.Delete, RolePath, null)],
            }
            : PlannedChanges.Rejected($"--role: role {trust.Role} is bound to {Text(role["bound_subject"])}, not to {trust.Workload.Subject}", "it is another registration's: name its own role");
    }

    public override async Task<VerifiedTrust> VerifyAsync(PartyApi api, TrustReport report, CancellationToken cancellationToken)
    {
        VaultVerification verification = new(trust, report);
        return verification.HasMethod(await MethodTypeAsync(api, cancellationToken))
            ? verification.Compare(await ReadAsync(api, ConfigPath, cancellationToken), await ReadAsync(api, RolePath, cancellationToken))
            : verification.Trust();
    }

    public override bool HasError(PartyResponse response) => response.Body is JsonObject body && (body["errors"] is JsonArray || (response.Status == 404 && body.ContainsKey("data")));

    public override (string Message, string Hint) Explain(PartyResponse response)
    {
        string said = response.Body!["errors"] is JsonArray { Count: > 0 } errors ? string.Join("; ", errors.Select(Text)) : $"status {response.Status} without a reason";
        return said switch
        {
            _ when response.Status == 403 => ($"{trust.Product.Title}: {said}", "the token needs read on sys/auth, sudo on sys/auth/PATH, and create, read and update on auth/PATH/config and auth/PATH/role"),
            _ when response.Status == 503 => ($"{trust.Product.Title}: {said}", $"unseal the server or wait until it has a leader ({trust.Product.Command} status), then run it again"),
            _ when response.Status == 429 => ($"{trust.Product.Title}: {said}", "a quota of the server: run it again later; it does only what is missing"),
            _ when said.Contains("error checking oidc discovery URL", StringComparison.Ordinal) => ($"{trust.Product.Title}: {said}", "the server cannot use the discovery document: issuerctl check ISSUER --profile vault from the server's network, --issuer-ca for a private CA"),
            _ => ($"{trust.Product.Title}: {said}", "running it again does only what is missing"),
        };
    }

    private static void Compare(string name, JsonObject? found, JsonObject wanted, string path, JsonObject body, List<string> unchanged, List<PlannedWrite> writes)
    {
        string[] differences = [.. wanted.Where(field => Comparable(field.Key, found?[field.Key]) != Comparable(field.Key, field.Value)).Select(field => field.Key)];
        if (found is null || wanted.All(field => string.IsNullOrEmpty(Text(found[field.Key]))))
        {
            writes.Add(new PlannedWrite($"+ {name}: {string.Join(", ", wanted.Select(field => $"{field.Key}={Short(Text(field.Value))}"))}", HttpMethod.Post, path, body));
        }
        else if (differences.Length == 0)
        {
            unchanged.Add(name);
        }
        else
        {
            writes.Add(new PlannedWrite($"~ {name}: {string.Join(", ", differences.Select(key => $"{key} {Short(Text(found[key]))} -> {Short(Text(wanted[key]))}"))}", HttpMethod.Post, path, body));
        }
    }

    // The server keeps policies sorted, once each and in lower case (policyutil.SanitizePolicies).
    private static string? Comparable(string field, JsonNode? value) => field == "token_policies" && value is JsonArray policies
        ? string.Join(",", policies.Select(each => Text(each)!.Trim().ToLowerInvariant()).Distinct().Order(StringComparer.Ordinal)) : Text(value);

    private string? OtherSource(JsonObject? config)
    {
        string url = Text(config?["oidc_discovery_url"]) ?? "";
        return url.Length > 0 && url != trust.Workload.Issuer.Value ? url
            : Text(config?["jwks_url"]) is { Length: > 0 } jwks ? jwks
            : Text(config?["jwt_validation_pubkeys"]) is { Length: > 0 } ? "pinned keys"
            : Text(config?["jwks_pairs"]) is { Length: > 0 } ? "jwks_pairs"
            : null;
    }

    private static JsonObject Whole(JsonObject? found, JsonObject wanted)
    {
        JsonObject whole = [];
        foreach (string field in configFields)
        {
            if (found?[field] is { } value && !string.IsNullOrEmpty(Text(value)))
            {
                whole[field] = value.DeepClone();
            }
        }

        foreach ((string field, JsonNode? value) in wanted)
        {
            whole[field] = value?.DeepClone();
        }

        return whole;
    }

    private async Task<string?> MethodTypeAsync(PartyApi api, CancellationToken cancellationToken)
    {
        PartyResponse mounts = Checked(await api.SendAsync(HttpMethod.Get, "/v1/sys/auth", null, cancellationToken));

        // Every namespace of every server has the method of tokens: what has none is not this list, and proves nothing missing.
        return mounts.Text("token/", "type") is null && mounts.Text("data", "token/", "type") is null ? throw new PartyRejectionException(mounts)
            : mounts.Text($"{trust.Mount}/", "type") ?? mounts.Text("data", $"{trust.Mount}/", "type");
    }

    /// <summary>The data at a path; absent when the server says that there is none.</summary>
    private async Task<JsonObject?> ReadAsync(PartyApi api, string path, CancellationToken cancellationToken)
    {
        PartyResponse response = await api.SendAsync(HttpMethod.Get, path, null, cancellationToken);
        return IsMissing(response) ? null : Checked(response).Body!["data"] as JsonObject ?? throw new PartyRejectionException(response);
    }

    private static string? Text(JsonNode? node) => node switch
    {
        null => null,
        JsonArray list => string.Join(",", list.Select(Text)),
        JsonObject each => each.Count == 0 ? "" : each.ToJsonString(),
        _ => node.ToString(),
    };

    private static string Short(string? text) => text is null or "" ? "(nothing)" : text.Length > 80 || text.Contains('\n', StringComparison.Ordinal) ? "(not shown)" : text;
}
