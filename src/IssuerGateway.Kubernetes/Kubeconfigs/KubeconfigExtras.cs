using System.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace IssuerGateway.Kubernetes.Kubeconfigs;

/// <summary>The members of a kubeconfig that decide for us but are unknown to KubernetesClient's model of it.</summary>
internal sealed class KubeconfigExtras
{
    private const string ExtraMember = "as-user-extra";

    private readonly YamlMappingNode root;
    private readonly int documents;

    private KubeconfigExtras(YamlMappingNode root, int documents)
    {
        this.root = root;
        this.documents = documents;
    }

    /// <exception cref="YamlException">The text is no YAML.</exception>
    public static KubeconfigExtras Parse(byte[] yaml)
    {
        YamlStream stream = [];
        using StreamReader reader = new(new MemoryStream(yaml));
        stream.Load(reader);
        return new KubeconfigExtras(stream.Documents is [{ RootNode: YamlMappingNode mapping }, ..] ? mapping : [], stream.Documents.Count);
    }

    /// <summary>
    /// The text as the model of KubernetesClient takes it: the first document of several, as kubectl does, and without the
    /// members that the model takes for something else (as-user-extra holds lists).
    /// </summary>
    public static byte[] ForModel(byte[] yaml)
    {
        KubeconfigExtras extras = Parse(yaml);
        YamlMappingNode[] users = Member(extras.root, "users") is YamlSequenceNode all
            ? [.. all.Select(user => Member(user, "user")).OfType<YamlMappingNode>().Where(details => Member(details, ExtraMember) is not null)]
            : [];
        if (users.Length == 0 && extras.documents <= 1)
        {
            return yaml;
        }

        foreach (YamlMappingNode details in users)
        {
            details.Children.Remove(new YamlScalarNode(ExtraMember));
        }

        using StringWriter text = new();
        new YamlStream(new YamlDocument(extras.root)).Save(text, assignAnchors: false);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>Further attributes of the impersonated user, each with its values.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> ImpersonatedExtra(string user) =>
        Details("users", "user", user) is { } details && Member(details, ExtraMember) is YamlMappingNode extra
            ? extra.Children.ToDictionary(
                entry => Scalar(entry.Key) ?? "",
                entry => (IReadOnlyList<string>)[.. entry.Value is YamlSequenceNode values ? values.Select(value => Scalar(value) ?? "") : [Scalar(entry.Value) ?? ""]])
            : new Dictionary<string, IReadOnlyList<string>>();

    public string? TokenFile(string user) => Text("users", "user", user, "tokenFile");

    public string? ImpersonatedUid(string user) => Text("users", "user", user, "as-uid");

    public string? ProxyUrl(string cluster) => Text("clusters", "cluster", cluster, "proxy-url");

    private string? Text(string list, string kind, string name, string member) =>
        Details(list, kind, name) is { } details && Scalar(Member(details, member)) is { Length: > 0 } text ? text : null;

    private YamlNode? Details(string list, string kind, string name) =>
        Member(root, list) is YamlSequenceNode entries && entries.FirstOrDefault(entry => Scalar(Member(entry, "name")) == name) is { } found ? Member(found, kind) : null;

    private static YamlNode? Member(YamlNode node, string key) =>
        node is YamlMappingNode mapping && mapping.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? value) ? value : null;

    // YAML 1.2 §10.3.2: these plain words are null.
    private static string? Scalar(YamlNode? node) =>
        node is YamlScalarNode scalar && scalar is not { Style: ScalarStyle.Plain, Value: "~" or "null" or "Null" or "NULL" } ? scalar.Value : null;
}
