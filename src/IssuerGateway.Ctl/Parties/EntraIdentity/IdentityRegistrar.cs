using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Azure.Core;
using IssuerGateway.Ctl.Parties.EntraApp.Rendering;
using IssuerGateway.Ctl.Parties.Registering;
using IssuerGateway.Ctl.Parties.Verification;

namespace IssuerGateway.Ctl.Parties.EntraIdentity;

/// <summary>Registers the federated credential of a managed identity through Azure Resource Manager.</summary>
internal sealed class IdentityRegistrar(ManagedIdentity identity, string endpoint, TokenCredential credential, Func<CancellationToken, Task<(string Message, string Hint)?>> validateIssuer) : PartyRegistrar
{
    /// <summary>An identity has at most 20 credentials; a list that goes on longer is no list of them.</summary>
    private const int MaxPages = 20;

    private const string Concurrent = "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity";

    public override string Endpoint => endpoint;

    public override string EndpointOption => "--arm-endpoint";

    public override string Title => "Azure Resource Manager";

    public override string Next => "Next: render what the pod needs: issuerctl trust render entra-identity … --client-id CLIENT_ID --format configmap. A new credential takes minutes (AADSTS700211 until then)";

    private string IdentityPath => $"/subscriptions/{identity.Subscription}/resourceGroups/{Uri.EscapeDataString(identity.ResourceGroup)}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{identity.Name}";

    private string CredentialPath => $"{IdentityPath}/federatedIdentityCredentials/{identity.CredentialName}?api-version=2024-11-30";

    public override async ValueTask<string> AuthorizeAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        AccessToken token = await credential.GetTokenAsync(new TokenRequestContext([$"{endpoint}/.default"]), cancellationToken);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Token);
        return token.Token;
    }

    // Azure takes one write at a time for an identity and wants a rejected one repeated.
    public override bool IsPassing(PartyResponse response) => response.Status == 409 && response.Text("error", "code") == Concurrent;

    public override async Task<PlannedChanges> PlanAsync(PartyApi api, CancellationToken cancellationToken)
    {
        if (await validateIssuer(cancellationToken) is { } fault)
        {
            return PlannedChanges.Rejected(fault.Message, fault.Hint);
        }

        PartyResponse found = await api.SendAsync(HttpMethod.Get, $"{IdentityPath}?api-version=2023-01-31", null, cancellationToken);
        if (IsMissing(found) && found.Text("error", "code") != "ResourceNotFound")
        {
            (string message, string hint) = Explain(found);
            return PlannedChanges.Rejected($"--subscription, --resource-group: {message}", hint);
        }

        if (IsMissing(found))
        {
            return PlannedChanges.Rejected($"--identity: there is no managed identity {identity.Name} in resource group {identity.ResourceGroup}", $"az identity create --name {identity.Name} --resource-group {identity.ResourceGroup} --subscription {identity.Subscription}");
        }

        _ = Checked(found);
        List<JsonNode> credentials = await CredentialsAsync(api, cancellationToken);
        JsonNode? own = credentials.FirstOrDefault(each => string.Equals(Name(each), identity.CredentialName, StringComparison.OrdinalIgnoreCase));
        string subject = $"{identity.Workload.Subject} of {identity.Workload.Issuer.Value} for {identity.Workload.Audience}";
        if (own is not null && IsEqual(own))
        {
            return new PlannedChanges { Unchanged = [$"managed identity {identity.Name} (client id {found.Text("properties", "clientId")})", $"federated credential {identity.CredentialName}: {subject}"] };
        }

        JsonNode? same = credentials.FirstOrDefault(each => each != own && Property(each, "issuer") == identity.Workload.Issuer.Value && Property(each, "subject") == identity.Workload.Subject);
        if (same is not null)
        {
            return PlannedChanges.Rejected($"--credential-name: credential {Name(same)} has this issuer and subject already, and Azure takes them once for an identity (Azure federated credentials)", $"add --credential-name {Name(same)}");
        }

        if (own is not null && FederatedCredential.IsOfAnother(identity.CredentialName, identity.Workload.Subject, Property(own, "subject")))
        {
            return PlannedChanges.Rejected($"--credential-name: credential {identity.CredentialName}, the default name, is for {Property(own, "subject")}, another workload", "choose another --credential-name");
        }

        if (own is null && credentials.Count >= ManagedIdentity.MaxCredentials)
        {
            return PlannedChanges.Rejected($"--identity: the identity has {credentials.Count} federated credentials, and Azure takes {ManagedIdentity.MaxCredentials} (Azure federated credentials)", "remove one, or use another identity");
        }

        string text = own is null ? $"+ federated credential {identity.CredentialName}: {subject}"
            : $"~ federated credential {identity.CredentialName}: {Property(own, "subject")} of {Property(own, "issuer")} -> {subject}";
        return new PlannedChanges
        {
            Unchanged = [$"managed identity {identity.Name} (client id {found.Text("properties", "clientId")})"],
            Writes = [new PlannedWrite(text, HttpMethod.Put, CredentialPath, new JsonObject { ["properties"] = TemplateText.CredentialBody(identity, value => value) })],
        };
    }

    public override async Task<VerifiedTrust> VerifyAsync(PartyApi api, TrustReport report, CancellationToken cancellationToken)
    {
        IdentityVerification verification = new(identity, report);
        PartyResponse found = await api.SendAsync(HttpMethod.Get, $"{IdentityPath}?api-version=2023-01-31", null, cancellationToken);
        if (IsMissing(found))
        {
            return verification.Missing();
        }

        return verification.Compare(Checked(found).Body!, await CredentialsAsync(api, cancellationToken));
    }

    public override async Task<PlannedChanges> PlanRemovalAsync(PartyApi api, CancellationToken cancellationToken)
    {
        PartyResponse found = await api.SendAsync(HttpMethod.Get, CredentialPath, null, cancellationToken);
        if (IsMissing(found))
        {
            return new PlannedChanges { Unchanged = [$"there is no federated credential {identity.CredentialName}"] };
        }

        return IsEqual(Checked(found).Body!)
            ? new PlannedChanges
            {
                Unchanged = [$"managed identity {identity.Name}, which other workloads may use"],
                Writes = [new PlannedWrite($"- federated credential {identity.CredentialName} for {identity.Workload.Subject}", HttpMethod.Delete, CredentialPath, null)],
            }
            : PlannedChanges.Rejected($"--credential-name: credential {identity.CredentialName} is for {Property(found.Body!, "subject")} of {Property(found.Body!, "issuer")}", "it is another registration's: name its own issuer, namespace and service account");
    }

    public override bool HasError(PartyResponse response) => response.Text("error", "code") is not null;

    public override (string Message, string Hint) Explain(PartyResponse response)
    {
        string code = response.Text("error", "code") ?? $"status {response.Status}";
        return ($"Azure: {code}: {response.Text("error", "message")}", (response.Status, code) switch
        {
            (401, _) => "the access token is not accepted: sign in again (az login --tenant TENANT), or renew --access-token-file",
            (403, "RequestDisallowedByPolicy") => "a policy of Azure forbids it: ask the owner of the subscription",
            (403, _) => "needs Managed Identity Contributor on the identity or its resource group",
            (404, _) => "compare --subscription, --resource-group and --identity",
            (405, _) => "the region of the identity has no federated credentials: use an identity in another region",
            (409, Concurrent) => "another write to this identity is under way: run it again",
            (429, _) => $"Azure takes one write in four seconds for an identity: run it again in {(response.RetryAfter is { } wait ? $"{Math.Ceiling(wait.TotalSeconds)} s" : "a minute")}",
            _ => "running it again does only what is missing",
        });
    }

    private async Task<List<JsonNode>> CredentialsAsync(PartyApi api, CancellationToken cancellationToken)
    {
        PartyResponse page = Checked(await api.SendAsync(HttpMethod.Get, $"{IdentityPath}/federatedIdentityCredentials?api-version=2024-11-30", null, cancellationToken));
        List<JsonNode> credentials = [];
        for (int i = 1; ; i++)
        {
            // A list that cannot be read is not an empty one: the number of credentials and their names decide what is written.
            credentials.AddRange((page.Body!["value"] as JsonArray ?? throw new PartyRejectionException(page)).OfType<JsonNode>());
            if (page.Text("nextLink") is not { Length: > 0 } next)
            {
                return credentials;
            }

            // The token travels with the request, so a next page is read at the same endpoint only.
            if (i == MaxPages || !next.StartsWith(endpoint + "/", StringComparison.OrdinalIgnoreCase))
            {
                throw new PartyRejectionException(page);
            }

            page = Checked(await api.SendAsync(HttpMethod.Get, next[endpoint.Length..], null, cancellationToken));
        }
    }

    private bool IsEqual(JsonNode found) => Property(found, "issuer") == identity.Workload.Issuer.Value && Property(found, "subject") == identity.Workload.Subject
        && ExportedFile.At(found, "properties", "audiences") is JsonArray { Count: 1 } audiences && ExportedFile.Text(audiences[0]) == identity.Workload.Audience;

    private static string? Name(JsonNode credential) => ExportedFile.Text(ExportedFile.At(credential, "name"));

    internal static string? Property(JsonNode credential, string name) => ExportedFile.Text(ExportedFile.At(credential, "properties", name));
}
