using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace IssuerGateway.Kubernetes;

/// <summary>The members of a kubeconfig that decide for us but are unknown to KubernetesClient's model of it.</summary>
public sealed class KubeconfigExtras
{
    private readonly YamlMappingNode root;

    private KubeconfigExtras(YamlMappingNode root) => this.root = root;

    /// <exception cref="YamlException">The text is no YAML.</exception>
    public static KubeconfigExtras Parse(byte[] yaml)
    {
        YamlStream stream = [];
        using StreamReader reader = new(new MemoryStream(yaml));
        stream.Load(reader);
        return new KubeconfigExtras(stream.Documents.Count == 1 && stream.Documents[0].RootNode is YamlMappingNode mapping ? mapping : []);
    }

    public string? TokenFile(string user) => Text("users", "user", user, "tokenFile");

    public string? ImpersonatedUid(string user) => Text("users", "user", user, "as-uid");

    public string? ProxyUrl(string cluster) => Text("clusters", "cluster", cluster, "proxy-url");

    private string? Text(string list, string kind, string name, string member) =>
        Member(root, list) is YamlSequenceNode entries
        && entries.FirstOrDefault(entry => Scalar(Member(entry, "name")) == name) is { } found
        && Member(found, kind) is { } details
        && Scalar(Member(details, member)) is { Length: > 0 } text
            ? text
            : null;

    private static YamlNode? Member(YamlNode node, string key) =>
        node is YamlMappingNode mapping && mapping.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? value) ? value : null;

    // YAML 1.2 §10.3.2: these plain words are null.
    private static string? Scalar(YamlNode? node) =>
        node is YamlScalarNode scalar && scalar is not { Style: ScalarStyle.Plain, Value: "~" or "null" or "Null" or "NULL" } ? scalar.Value : null;
}
