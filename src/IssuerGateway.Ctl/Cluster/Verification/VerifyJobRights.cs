namespace IssuerGateway.Ctl.Cluster.Verification;

/// <summary>
/// The service account of the Job and its rights: one for each call that a verification makes and that not every account may make
/// (<see cref="Inspection.ObjectFetcher.FetchServersAsync"/>, <see cref="ObservedServer.ObserveAsync"/>). A test holds the list against the calls.
/// </summary>
internal static class VerifyJobRights
{
    private const string Group = "rbac.authorization.k8s.io";

    private const string Name = VerifyJob.Name;

    public static string Of(VerifyRequest request, bool isOpenShift) => string.Concat(
    [
        Account(request),
        Bound(request, "Counts the API servers.", Name, "kube-system", Rule("coordination.k8s.io", "leases", "list"), isOpenShift ? "" : Rule("", "pods", "list")),
        Bound(request, "Reads the address of each API server.", $"{Name}-endpoints", "default", Rule("discovery.k8s.io", "endpointslices", "list")),
        Bound(request, "Requests the short tokens that are compared.", $"{Name}-token", request.Namespace, Rule("", "serviceaccounts/token", "create", request.ServiceAccount)),
        Bound(request, "Reads which nodes run API servers.", $"{Name}-nodes", null, Rule("", "nodes", "list")),
        .. isOpenShift
            ? (string[])
            [
                Bound(request, "Counts the API servers of OpenShift.", Name, "openshift-kube-apiserver", Rule("", "pods", "list")),
                Bound(request, "Reads the flags, which OpenShift keeps in an object.", $"{Name}-operator", null, Rule("operator.openshift.io", "kubeapiservers", "get", "cluster")),
            ]
            : [],
        Binding(request, "Reads /flagz and /metrics.", $"{Name}-monitoring", null, "system:monitoring"),
        Binding(request, "Reads the two documents.", $"{Name}-discovery", null, "system:service-account-issuer-discovery"),
    ]);

    private static string Account(VerifyRequest request) => $"""
        apiVersion: v1
        kind: ServiceAccount
        metadata:
          name: {Name}
          namespace: {request.Namespace}
        ---

        """.ReplaceLineEndings("\n");

    /// <summary>A role of these rules and its binding: of the namespace, else of the cluster.</summary>
    private static string Bound(VerifyRequest request, string comment, string name, string? space, params string[] rules) => $"""
        # {comment}
        apiVersion: {Group}/v1
        kind: {(space is null ? "ClusterRole" : "Role")}
        metadata:
          name: {name}{Space(space)}
        rules:

        """.ReplaceLineEndings("\n") + string.Concat(rules) + "---\n" + Binding(request, null, name, space, name);

    private static string Rule(string group, string resource, string verb, string? name = null) =>
        $"  - apiGroups: [{(group.Length == 0 ? "\"\"" : group)}]\n    resources: [{resource}]\n{(name is null ? "" : $"    resourceNames: [{name}]\n")}    verbs: [{verb}]\n";

    private static string Binding(VerifyRequest request, string? comment, string name, string? space, string role) => (comment is null ? "" : $"# {comment}\n") + $"""
        apiVersion: {Group}/v1
        kind: {(space is null ? "ClusterRoleBinding" : "RoleBinding")}
        metadata:
          name: {name}{Space(space)}
        roleRef:
          apiGroup: {Group}
          kind: {(space is null ? "ClusterRole" : "Role")}
          name: {role}
        subjects:
          - kind: ServiceAccount
            name: {Name}
            namespace: {request.Namespace}
        ---

        """.ReplaceLineEndings("\n");

    private static string Space(string? space) => space is null ? "" : $"\n  namespace: {space}";
}
