using System.Text.Json.Nodes;
using IssuerGateway.Ctl.Parties.Verification;

namespace IssuerGateway.Ctl.Parties.EntraIdentity;

/// <summary>Compares a managed identity and its federated credentials with what is wanted. Entra compares issuer, subject and audience as one.</summary>
internal sealed class IdentityVerification(ManagedIdentity identity, TrustReport report)
{
    private const string Fix = "issuerctl trust apply entra-identity; a change takes minutes";

    private VerifiedTrust Trust => new() { Name = $"managed identity {identity.Name}", Evidence = "Azure Resource Manager", Workload = identity.Workload, Algorithms = ["RS256"] };

    public VerifiedTrust Missing()
    {
        report.Error("identity-missing", $"there is no managed identity {identity.Name} in resource group {identity.ResourceGroup}", "compare --subscription, --resource-group and --identity, or create it: az identity create");
        return Trust;
    }

    public VerifiedTrust Compare(JsonNode found, IReadOnlyList<JsonNode> credentials)
    {
        if (identity.ClientId is { } clientId && !string.Equals(ExportedFile.Text(ExportedFile.At(found, "properties", "clientId")), clientId, StringComparison.OrdinalIgnoreCase))
        {
            report.Error("identity-client-id", $"the identity has the client id {TrustReport.Shown(ExportedFile.Text(ExportedFile.At(found, "properties", "clientId")))}; the pods have {TrustReport.Shown(clientId)}", "correct AZURE_CLIENT_ID, or clientId of ConfigMap workload-identity");
        }

        if (!string.Equals(ExportedFile.Text(ExportedFile.At(found, "properties", "tenantId")) ?? identity.Tenant, identity.Tenant, StringComparison.OrdinalIgnoreCase))
        {
            report.Error("identity-tenant", $"the identity is in tenant {TrustReport.Shown(ExportedFile.Text(ExportedFile.At(found, "properties", "tenantId")))}; the pods have {TrustReport.Shown(identity.Tenant)}", "correct AZURE_TENANT_ID, or tenantId of ConfigMap workload-identity");
        }

        CompareCredentials(credentials);
        return Trust;
    }

    private void CompareCredentials(IReadOnlyList<JsonNode> credentials)
    {
        (string issuer, string subject, string audience) = (identity.Workload.Issuer.Value, identity.Workload.Subject, identity.Workload.Audience);
        if (credentials.Count == 0)
        {
            report.Error("credential-missing", "the identity has no federated credential", Fix);
            return;
        }

        JsonNode[] ofIssuer = [.. credentials.Where(each => IdentityRegistrar.Property(each, "issuer") == issuer)];
        JsonNode[] ofSubject = [.. ofIssuer.Where(each => IdentityRegistrar.Property(each, "subject") == subject)];
        if (ofIssuer.Length == 0)
        {
            JsonNode nearest = credentials.FirstOrDefault(each => string.Equals(IdentityRegistrar.Property(each, "issuer")?.Trim().TrimEnd('/'), issuer.TrimEnd('/'), StringComparison.OrdinalIgnoreCase))
                ?? credentials.FirstOrDefault(each => IdentityRegistrar.Property(each, "subject") == subject) ?? credentials[0];
            report.CompareIssuer("credential-issuer", $"issuer of credential {Name(nearest)}", IdentityRegistrar.Property(nearest, "issuer"), issuer, Fix);
        }
        else if (ofSubject.Length == 0)
        {
            JsonNode nearest = ofIssuer.FirstOrDefault(each => string.Equals(IdentityRegistrar.Property(each, "subject"), subject, StringComparison.OrdinalIgnoreCase)) ?? ofIssuer[0];
            report.Compare("credential-subject", $"subject of credential {Name(nearest)}", IdentityRegistrar.Property(nearest, "subject"), subject, Fix);
        }
        else if (!ofSubject.Any(each => ExportedFile.Texts(ExportedFile.At(each, "properties", "audiences")) is [var only] && only == audience))
        {
            report.Error("credential-audience", $"audience of credential {Name(ofSubject[0])} is {TrustReport.Shown(ExportedFile.Texts(ExportedFile.At(ofSubject[0], "properties", "audiences")))}; the token has {TrustReport.Shown(audience)}", $"project the token with that audience, or {Fix}");
        }
    }

    private static string Name(JsonNode credential) => TrustReport.Shown(ExportedFile.Text(credential["name"]));
}
