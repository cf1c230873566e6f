using System.CommandLine;

namespace IssuerGateway.Ctl.Parties.EntraApp.Rendering;

/// <summary>What only the pod's texts need, besides the registration: the client id, and who may enter.</summary>
internal sealed class PodOptions
{
    private readonly Option<string> clientId = new("--client-id") { Description = "Application (client) id (GUID), for --format patch, configmap, values and init.", HelpName = "GUID" };
    private readonly Option<string[]> allowedGroups = new("--allowed-group") { Description = "Object id (GUID) of a group that may sign in, for --format configmap; with --app-role the roles decide. Repeatable.", HelpName = "GUID" };
    private readonly Option<string> container = new("--container") { Description = "Container that --format patch is for. Default: app.", HelpName = "NAME" };

    public IEnumerable<Option> All => [clientId, allowedGroups, container];

    public AppPod Read(OptionValues values) => new()
    {
        ClientId = values.Required(clientId, EntraPod.ClientIdRule),
        AllowedGroups = values.Each(allowedGroups, OptionRule.Guid("the object id of a group, a GUID with hyphens", "az ad group show --group NAME --query id --output tsv")),
        Container = values.Optional(container, OptionRule.KubernetesLabel("kubectl get deployment NAME -o jsonpath='{.spec.template.spec.containers[*].name}'")) ?? "app",
    };
}

/// <summary>The client id of the registration, which is known once it exists, and what the pod makes of it.</summary>
internal sealed record AppPod
{
    public required string ClientId { get; init; }

    public required IReadOnlyList<string> AllowedGroups { get; init; }

    public required string Container { get; init; }
}
