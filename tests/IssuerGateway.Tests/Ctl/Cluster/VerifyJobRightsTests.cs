using System.Text;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Verification;
using YamlDotNet.RepresentationModel;

namespace IssuerGateway.Tests.Ctl.Cluster;

/// <summary>The rights of the printed Job are those that its calls need: none is missing, and none is left over.</summary>
public sealed class VerifyJobRightsTests
{
    private static readonly VerifyRequest request = new() { Issuer = "https://oidc.example.com", AfterRoll = 2, Namespace = "default", ServiceAccount = "default" };

    // What every authenticated account may read (system:discovery, system:public-info-viewer), and what the two bound roles of Kubernetes hold.
    private static readonly Dictionary<string, string> nonResource = new()
    {
        ["/apis"] = "", ["/version"] = "",
        [DocumentReader.Discovery] = "system:service-account-issuer-discovery", [DocumentReader.KeySet] = "system:service-account-issuer-discovery",
        ["/flagz"] = "system:monitoring", ["/metrics"] = "system:monitoring",
    };

    [Theory]
    [InlineData("kubeadm-v1beta4")]
    [InlineData("k3s")]
    [InlineData("rancher")]
    [InlineData("k0s")]
    [InlineData("gardener")]
    [InlineData("cluster-api")]
    [InlineData("openshift")]
    public async Task Every_call_has_its_right_and_every_right_its_call(string distribution)
    {
        Recorder api = new(SampleClusters.Of(distribution, 3));
        await ClusterVerifier.VerifyAsync(api, [api], request, CancellationToken.None);
        YamlMappingNode[] documents = Documents(VerifyJob.Manifest(request, ["https://192.0.2.11:6443"], "issuerctl:1", distribution == "openshift"));
        List<Right> rights = [.. documents.Where(document => Text(document, "kind") is "Role" or "ClusterRole").SelectMany(RightsOf)];
        string[] roles = [.. documents.Where(document => Text(document, "kind").EndsWith("RoleBinding", StringComparison.Ordinal)).Select(document => Text(document, "roleRef", "name"))];

        HashSet<Right> used = [];
        HashSet<string> usedRoles = [];
        foreach (string call in api.Calls)
        {
            string path = call[(call.IndexOf(' ', StringComparison.Ordinal) + 1)..].Split('?')[0];
            if (nonResource.TryGetValue(path, out string? role))
            {
                Assert.True(role.Length == 0 || roles.Contains(role), $"{call} needs {role}");
                usedRoles.Add(role);
                continue;
            }

            Right needed = Needed(call);
            Right? given = rights.Find(right => right with { Name = null, Space = null } == needed with { Name = null, Space = null } && (right.Space is null || right.Space == needed.Space) && (right.Name is null || right.Name == needed.Name));
            Assert.True(given is not null, $"{call} needs {needed}");
            used.Add(given);
        }

        Assert.Equal(rights, rights.Where(used.Contains));
        Assert.Equal(["", "system:monitoring", "system:service-account-issuer-discovery"], usedRoles.Order(StringComparer.Ordinal));
        Assert.All(documents.Where(document => Text(document, "kind") is "Role" or "ClusterRole"), role => Assert.Contains(Text(role, "metadata", "name"), roles));
        Assert.All(documents.Where(document => Text(document, "kind").EndsWith("RoleBinding", StringComparison.Ordinal)),
            binding => Assert.Equal(("issuer-verify", "default"), (((YamlSequenceNode)binding["subjects"])[0]["name"].ToString(), ((YamlSequenceNode)binding["subjects"])[0]["namespace"].ToString())));
    }

    private static Right Needed(string call)
    {
        bool isCreate = call.StartsWith("POST ", StringComparison.Ordinal);
        string[] parts = call[(call.IndexOf(' ', StringComparison.Ordinal) + 1)..].Split('?')[0].Trim('/').Split('/');
        (string group, int at) = parts[0] == "api" ? ("", 2) : (parts[1], 3);
        string? space = null;
        if (parts[at] == "namespaces" && parts.Length > at + 2)
        {
            (space, at) = (parts[at + 1], at + 2);
        }

        string? name = parts.Length > at + 1 ? parts[at + 1] : null;
        string resource = parts.Length > at + 2 ? $"{parts[at]}/{parts[at + 2]}" : parts[at];
        return new Right(isCreate ? "create" : name is null ? "list" : "get", group, resource, space, name);
    }

    private static IEnumerable<Right> RightsOf(YamlMappingNode role) =>
        from rule in ((YamlSequenceNode)role["rules"]).Children.OfType<YamlMappingNode>()
        from verb in Texts(rule, "verbs")
        from api in Texts(rule, "apiGroups")
        from resource in Texts(rule, "resources")
        from name in Texts(rule, "resourceNames").DefaultIfEmpty()
        select new Right(verb, api, resource, Text(role, "kind") == "Role" ? Text(role, "metadata", "namespace") : null, name);

    private static string[] Texts(YamlMappingNode rule, string key) => rule.Children.TryGetValue(key, out YamlNode? list) ? [.. ((YamlSequenceNode)list).Children.Select(each => each.ToString())] : [];

    private static string Text(YamlNode node, params string[] path) => path.Aggregate(node, (current, key) => current[key]).ToString();

    private static YamlMappingNode[] Documents(string text)
    {
        YamlStream stream = [];
        stream.Load(new StringReader(text));
        return [.. stream.Documents.Select(document => (YamlMappingNode)document.RootNode)];
    }

    private sealed record Right(string Verb, string Group, string Resource, string? Space, string? Name);

    /// <summary>Notes each call that the account of the Job makes with its own credentials.</summary>
    private sealed class Recorder(FakeCluster cluster) : IApiReader
    {
        public List<string> Calls { get; } = [];

        public string Server => cluster.Server;

        public Task<ApiResponse> GetAsync(string path, CancellationToken cancellationToken)
        {
            Calls.Add($"GET {path}");
            return cluster.GetAsync(path, cancellationToken);
        }

        public Task<ApiResponse> GetAnonymouslyAsync(string path, CancellationToken cancellationToken) => cluster.GetAnonymouslyAsync(path, cancellationToken);

        public Task<ApiResponse> GetWithTokenAsync(string path, string token, CancellationToken cancellationToken) => Task.FromResult(new ApiResponse(200, []));

        public Task<ApiResponse> PostAsync(string path, string body, CancellationToken cancellationToken)
        {
            Calls.Add($"POST {path}");
            return Task.FromResult(new ApiResponse(201, Encoding.UTF8.GetBytes("""{"status":{"token":"a.b.c"}}""")));
        }
    }
}
