using static IssuerGateway.Ctl.Parties.TextQuoting;

namespace IssuerGateway.Ctl.Parties.Kubernetes;

/// <summary>The authentication of the trusting cluster, the rights of the workload there, and the pod's kubeconfig, as YAML.</summary>
internal static class ClusterText
{
    public static string Configuration(ClusterTrust trust) => Joined(
    [
        "# For --authentication-config of every API server of the trusting cluster (Kubernetes 1.34 or later; excludes --oidc-*).",
        "# The file is read whole: add this issuer to the jwt list of the one that is there, and keep its anonymous part.",
        "# It is polled each minute and counts once every issuer in it has responded.",
        "apiVersion: apiserver.config.k8s.io/v1",
        "kind: AuthenticationConfiguration",
        "jwt:",
        "  - issuer:",
        $"      url: {Yaml(trust.Workload.Issuer.Value)}",
        .. trust.DiscoveryUrl is { } discovery ? (string[])[$"      discoveryURL: {Yaml(discovery)}"] : [],
        .. trust.Ca is { } ca ? (string[])[$"      certificateAuthority: {Yaml(ca)}"] : [],
        "      audiences:",
        $"        - {Yaml(trust.Workload.Audience)}",
        "    claimMappings:",
        "      username:",
        "        claim: sub",
        "        # Without it a foreign pod would be the local service account of the same name.",
        $"        prefix: {Yaml(trust.Prefix)}",
        "    userValidationRules:",
        "      - expression: \"!user.username.startsWith('system:')\"",
        "        message: a foreign user must not have a name that starts with system",
    ]);

    public static string Rights(ClusterTrust trust)
    {
        string kind = trust.TargetNamespace is null ? "ClusterRoleBinding" : "RoleBinding";
        return Joined(
        [
            "# The rights of the workload in the trusting cluster: kubectl --context OTHER apply -f THIS_FILE",
            "apiVersion: rbac.authorization.k8s.io/v1",
            $"kind: {kind}",
            "metadata:",
            $"  name: {Yaml($"{trust.Workload.Namespace}-{trust.Workload.ServiceAccount}-{trust.ClusterRole.ToLowerInvariant().Replace(':', '-').Replace('_', '-')}")}",
            .. trust.TargetNamespace is { } target ? (string[])[$"  namespace: {Yaml(target)}"] : [],
            "roleRef:",
            "  apiGroup: rbac.authorization.k8s.io",
            "  kind: ClusterRole",
            $"  name: {Yaml(trust.ClusterRole)}",
            "subjects:",
            "  - apiGroup: rbac.authorization.k8s.io",
            "    kind: User",
            $"    name: {Yaml(trust.User)}",
        ]);
    }

    /// <summary>The token is named by its file and read again by client-go.</summary>
    public static string Kubeconfig(ClusterTrust trust, string directory) => Joined(
    [
        "apiVersion: v1",
        "kind: Config",
        "current-context: other",
        "clusters:",
        "  - name: other",
        "    cluster:",
        $"      server: {Yaml(trust.Server!)}",
        "      # The CA of the API server, beside this file where it is not publicly trusted.",
        "      # certificate-authority: ca.crt",
        "contexts:",
        "  - name: other",
        "    context:",
        "      cluster: other",
        "      user: workload",
        "users:",
        "  - name: workload",
        "    user:",
        $"      tokenFile: {directory}/token",
    ]);

    private static string Joined(IEnumerable<string> lines) => string.Join('\n', lines) + "\n";
}
