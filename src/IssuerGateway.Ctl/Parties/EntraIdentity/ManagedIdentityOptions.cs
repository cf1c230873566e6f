using System.CommandLine;
using IssuerGateway.Ctl.Parties.EntraApp.Rendering;

namespace IssuerGateway.Ctl.Parties.EntraIdentity;

/// <summary>The options of a managed identity and the rules of Azure over them.</summary>
internal sealed class ManagedIdentityOptions
{
    private readonly WorkloadOptions workload = new(EntraCloud.Public.Audience, EntraPod.AudienceRule);
    private readonly Option<string> tenant = new("--tenant") { Description = "Tenant id (GUID). Required.", HelpName = "GUID" };
    private readonly Option<string> subscription = new("--subscription") { Description = "Subscription id (GUID) of the identity. Required.", HelpName = "GUID" };
    private readonly Option<string> resourceGroup = new("--resource-group") { Description = "Resource group of the identity, which exists. Required.", HelpName = "NAME" };
    private readonly Option<string> identity = new("--identity") { Description = "Name of the user-assigned managed identity. Required.", HelpName = "NAME" };
    private readonly Option<string> credentialName = new("--credential-name") { Description = "Name of the federated credential; cannot be changed later. Default: NAMESPACE-SERVICEACCOUNT.", HelpName = "NAME" };
    private readonly Option<string> cloud = new("--cloud") { Description = "public, usgov or china. Default: public.", HelpName = "CLOUD" };
    private readonly Option<string> clientId = new("--client-id") { Description = "Client id (GUID) of the identity, for --format patch, configmap, values and init.", HelpName = "GUID" };

    public IEnumerable<Option> All => [tenant, subscription, resourceGroup, identity, .. workload.All, credentialName, cloud, clientId];

    public ManagedIdentity? Read(OptionValues values)
    {
        string tenantId = values.Required(tenant, OptionRule.Guid("the tenant id, a GUID with hyphens", "az account show --query tenantId --output tsv"));
        string subscriptionId = values.Required(subscription, OptionRule.Guid("the subscription id, a GUID with hyphens", "az account show --query id --output tsv"));
        string group = values.Required(resourceGroup, OptionRule.Pattern(@"[A-Za-z0-9_().-]{0,89}[A-Za-z0-9_()-]", "1 to 90 of A-Z a-z 0-9 _ ( ) . -, no dot at the end (Azure Resource Manager)", "az group list --query \"[].name\" --output tsv"));
        string name = values.Required(identity, OptionRule.Pattern("[A-Za-z0-9][A-Za-z0-9_-]{2,127}", "3 to 128 of A-Z a-z 0-9 _ -, the first a letter or digit (Azure managed identities)", "az identity list --query \"[].name\" --output tsv"));
        EntraCloud chosen = EntraCloud.All.FirstOrDefault(each => each.Name == values.Optional(cloud, OptionRule.OneOf([.. EntraCloud.All.Select(each => each.Name)], "leave it out for the public cloud"))) ?? EntraCloud.Public;
        string? client = values.Optional(clientId, OptionRule.Guid("the client id of the identity, a GUID with hyphens", "az identity show --name NAME --resource-group GROUP --query clientId --output tsv"));
        Workload? subject = workload.Read(values, isPublic: true, chosen.Audience);
        if (subject is null)
        {
            return null;
        }

        if (subject.Issuer.Value.Length > 600)
        {
            values.Reject(WorkloadOptions.IssuerName, $"{subject.Issuer.Value.Length} characters", "at most 600 characters (Entra)", "choose a shorter issuer (--service-account-issuer of the API server)");
        }

        string credential = values.Raw(credentialName) ?? FederatedCredential.DefaultName(subject.Namespace, subject.ServiceAccount);
        OptionRule credentialRule = OptionRule.Pattern("[A-Za-z0-9][A-Za-z0-9_-]{2,119}", "3 to 120 of A-Z a-z 0-9 _ -, the first a letter or digit (Azure federated credentials)", "the name is part of its URL and cannot be changed later");
        // The default follows from names that were rejected above.
        if (!credentialRule.Holds(credential) && (values.IsGiven(credentialName) || values.Errors.Count == 0))
        {
            values.Reject(credentialName.Name, Base.PrintableText.Quote(credential), credentialRule.Expected, credentialRule.Hint);
        }

        return new ManagedIdentity
        {
            Workload = subject,
            Tenant = tenantId,
            Subscription = subscriptionId,
            ResourceGroup = group,
            Name = name,
            CredentialName = credential,
            Cloud = chosen,
            ClientId = client,
        };
    }
}
