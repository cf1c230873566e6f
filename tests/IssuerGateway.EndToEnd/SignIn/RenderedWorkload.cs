using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using IssuerGateway.EndToEnd.Entra;
using IssuerGateway.EndToEnd.Kit;

namespace IssuerGateway.EndToEnd.SignIn;

/// <summary>What the sign-in tests take from rendered objects: the arguments of OAuth2 Proxy, its environment, and what surrounds it.</summary>
internal sealed record RenderedWorkload(IReadOnlyList<JsonObject> Objects)
{
    private const string Namespace = "azure-demo";

    private static readonly ConcurrentDictionary<string, RenderedWorkload> rendered = [];

    public JsonObject Pod => Objects.Single(each => each.Kind() == "Deployment").PodSpec()!;

    /// <summary>The container whose arguments count; config-test runs before it.</summary>
    public string Container { get; init; } = "oauth2-proxy";

    public JsonObject Proxy => Pod.AllContainers().Single(each => (string)each["name"]! == Container);

    public IReadOnlyList<string> Arguments => [.. Proxy.Texts("args").Select(Expand)];

    public string Host => new Uri(Values("redirect-url").Single()).Host;

    public IReadOnlyList<string> RedirectUrls => Values("redirect-url");

    /// <summary>The variables of the container that come from a ConfigMap among the objects.</summary>
    public IReadOnlyDictionary<string, string> Options => Proxy.Each("env").Where(variable => variable.At("valueFrom/configMapKeyRef") is not null).ToDictionary(
        variable => (string)variable["name"]!,
        variable => (string)Objects.Single(each => each.Kind() == "ConfigMap" && each.Name() == (string)variable.At("valueFrom/configMapKeyRef/name")!)
            ["data"]![(string)variable.At("valueFrom/configMapKeyRef/key")!]!);

    public string Tenant => new Uri(Values("oidc-issuer-url").Single()).Segments[1].TrimEnd('/');

    public string ClientId => Values("client-id").Single();

    /// <summary>The federated credential that the app registration must have: subject and audience of the projected token.</summary>
    public FederatedRecord Credential => new(StaticIssuer.Identifier, $"system:serviceaccount:{Namespace}:{(string)Pod["serviceAccountName"]!}",
        (string)Pod.Each("volumes").Single(volume => (string)volume["name"]! == "azure-token").At("projected/sources/0/serviceAccountToken/audience")!);

    /// <summary>The headers that the rendered HTTPRoute takes from every request; none where there is no HTTPRoute.</summary>
    public IReadOnlyList<string> RemovedHeaders => [.. Objects.Where(each => each.Kind() == "HTTPRoute").SelectMany(route => route.Each("spec/rules"))
        .SelectMany(rule => rule.Each("filters")).SelectMany(filter => filter.Texts("requestHeaderModifier/remove"))];

    public IReadOnlyList<string> Values(string flag) =>
        [.. Arguments.Where(argument => argument.StartsWith($"--{flag}=", StringComparison.Ordinal)).Select(argument => argument[(flag.Length + 3)..])];

    /// <summary>Rendered once for all tests: reading it takes longer than most of them.</summary>
    public static RenderedWorkload OfChart(string set, params string[] values) => rendered.GetOrAdd(string.Join('\n', [set, .. values]), _ => Render(set, values));

    public static RenderedWorkload OfText(string yaml)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, yaml);
            return new RenderedWorkload(KubernetesSchemas.Validate(file).Objects);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static RenderedWorkload Render(string set, string[] values)
    {
        Command command = Command.Run(KitFolder.Tool(Helm.Four),
        [
            "template", "azure-demo", Path.Combine(KitFolder.Charts, RenderedChart.Workload), "--namespace", Namespace,
            "--values", RenderedChart.ValuesFile(RenderedChart.Workload, set), .. values.SelectMany(value => (string[])["--set", value]),
        ]);
        Assert.True(command.ExitCode == 0, command.Transcript);
        return OfText(command.Output);
    }

    // As the kubelet does it; the component takes its options from a ConfigMap.
    private string Expand(string argument) => Options.Aggregate(argument, (text, option) => text.Replace($"$({option.Key})", option.Value, StringComparison.Ordinal))
        .Replace("$$(", "$(", StringComparison.Ordinal);
}
