using IssuerGateway.Ctl.Parties.Exchange;
using IssuerGateway.Ctl.Parties.Registering;

namespace IssuerGateway.Ctl.Parties.EntraIdentity;

/// <summary>A user-assigned managed identity of Azure as a relying party: for workloads that call Azure and sign nobody in.</summary>
internal static class EntraIdentityParty
{
    public const string Name = "entra-identity";

    public static PartyCommands Create(ProgramEnvironment environment)
    {
        ManagedIdentityOptions options = new();
        IdentityServerOptions server = new(options, environment);
        RegistrationVerbs verbs = new(Name, [.. server.All], server.Read, environment);
        return new PartyCommands
        {
            Render = RenderVerb.Create(Name, "Prints a managed identity of Azure with its federated credential; no network.", options.All, options.Read,
                new Dictionary<string, Func<ManagedIdentity, string>>
                {
                    ["az"] = AzText.Text,
                    ["bicep"] = TemplateText.Bicep,
                    ["terraform"] = TemplateText.Terraform,
                    ["arm"] = TemplateText.Arm,
                },
                Needs, environment.Terminal),
            Plan = verbs.Plan(),
            Apply = verbs.Apply(),
            Remove = verbs.Remove(),
            Verify = verbs.Verify(),
            Test = EntraExchange.Create(Name, environment),
        };
    }

    private static PodNeeds? Needs(ManagedIdentity identity, OptionValues values)
    {
        if (identity.ClientId is not { } clientId)
        {
            values.Reject("--client-id", "nothing", "the client id of the identity, a GUID with hyphens", "the script of --format az prints it");
            return null;
        }

        PodNeeds needs = EntraPod.Of(identity.Workload, identity.Tenant, clientId, identity.Cloud);
        return needs with { Test = [Name, .. needs.Test.Skip(1)] };
    }
}
