using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace IssuerGateway.Ctl.Parties.Kubernetes;

/// <summary>A file for <c>--authentication-config</c>, with the fields of apiserver.config.k8s.io/v1: any other makes the API server reject it.</summary>
internal static class AuthenticationFile
{
    private static readonly Dictionary<string, string[]> fields = new()
    {
        [""] = ["apiVersion", "kind", "jwt", "anonymous"],
        ["jwt"] = ["issuer", "claimValidationRules", "claimMappings", "userValidationRules"],
        ["jwt.issuer"] = ["url", "discoveryURL", "certificateAuthority", "audiences", "audienceMatchPolicy", "egressSelectorType"],
        ["jwt.claimValidationRules"] = ["claim", "requiredValue", "expression", "message"],
        ["jwt.claimMappings"] = ["username", "groups", "uid", "extra"],
        ["jwt.claimMappings.username"] = ["claim", "prefix", "expression"],
        ["jwt.claimMappings.groups"] = ["claim", "prefix", "expression"],
        ["jwt.claimMappings.uid"] = ["claim", "expression"],
        ["jwt.claimMappings.extra"] = ["key", "valueExpression"],
        ["jwt.userValidationRules"] = ["expression", "message"],
        ["anonymous"] = ["enabled", "conditions"],
        ["anonymous.conditions"] = ["path"],
    };

    /// <summary>The first document that is a mapping; absent for anything else. JSON is YAML.</summary>
    public static YamlMappingNode? Parse(byte[] content)
    {
        try
        {
            YamlStream stream = [];
            stream.Load(new StringReader(System.Text.Encoding.UTF8.GetString(content)));
            return stream.Documents is [{ RootNode: YamlMappingNode root }] ? root : null;
        }
        catch (Exception e) when (e is YamlException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Paths of fields that the API server does not know.</summary>
    public static IEnumerable<string> Unknown(YamlNode node, string path = "") => node switch
    {
        YamlSequenceNode list => list.SelectMany(each => Unknown(each, path)),
        YamlMappingNode map => map.Children.SelectMany(entry =>
        {
            string name = (entry.Key as YamlScalarNode)?.Value ?? "";
            string inner = path.Length == 0 ? name : $"{path}.{name}";
            return fields.TryGetValue(path, out string[]? known) && known.Contains(name) ? Unknown(entry.Value, inner) : [inner];
        }),
        _ => [],
    };

    public static YamlNode? At(YamlNode? node, params string[] path)
    {
        foreach (string name in path)
        {
            node = node is YamlMappingNode map && map.Children.TryGetValue(new YamlScalarNode(name), out YamlNode? found) ? found : null;
        }

        return node;
    }

    /// <summary>A text; <c>null</c> and <c>~</c> are none.</summary>
    public static string? Text(YamlNode? node) => node is YamlScalarNode { Value: { } value } scalar
        && (scalar.Style != ScalarStyle.Plain || value is not ("" or "~" or "null" or "Null" or "NULL")) ? value : null;

    public static IReadOnlyList<YamlNode> List(YamlNode? node) => node is YamlSequenceNode list ? [.. list] : [];
}
