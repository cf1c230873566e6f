using IssuerGateway.Ctl.Cluster.Distributions;
using IssuerGateway.Ctl.Cluster.Rendering;

namespace IssuerGateway.Ctl.Cluster.Verification;

/// <summary>The manifest that runs the same verification inside the cluster, where every API server can be reached; with exactly the rights that it needs.</summary>
internal static class VerifyJob
{
    private const string Name = "issuer-verify";

    /// <param name="request">What to verify.</param>
    /// <param name="servers">The address of every server.</param>
    /// <param name="image">The image of issuerctl; has no control characters.</param>
    public static string Manifest(VerifyRequest request, IReadOnlyList<string> servers, string image)
    {
        List<string> arguments = ["cluster", "verify", "--issuer", request.Issuer, "--namespace", request.Namespace, "--service-account", request.ServiceAccount];
        if ((request.AfterRoll?.ToString() ?? (request.AfterKeyRoll is { } key ? $"K{key}" : null)) is { } roll)
        {
            arguments.AddRange(["--after-roll", roll]);
        }

        if (request.TokenBefore is not null)
        {
            arguments.AddRange(["--token-before", "/token-before/token"]);
        }

        // A port-forward on a workstation is not there in the pod.
        if (request.GatewayAddress is { } address && !new Uri(address).IsLoopback)
        {
            arguments.AddRange(["--gateway-status", address]);
        }

        arguments.AddRange(servers.SelectMany(server => new[] { "--server", server }));
        return Rights(request, image) + Job(request, arguments, image);
    }

    private static string Rights(VerifyRequest request, string image) => $$"""
        # Runs issuerctl cluster verify at every API server from inside. Changes nothing; requests tokens of ten minutes.
        # Image: {{image}}; --image of the command that wrote this gives another one.
        # A Job cannot be changed: the one of an earlier roll goes first.
        # kubectl -n {{request.Namespace}} delete job {{Name}} --ignore-not-found && kubectl apply -f FILE && kubectl -n {{request.Namespace}} wait --for=condition=complete job/{{Name}} --timeout=5m; kubectl -n {{request.Namespace}} logs job/{{Name}}
        apiVersion: v1
        kind: ServiceAccount
        metadata:
          name: {{Name}}
          namespace: {{request.Namespace}}
        ---
        # Counts the API servers.
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata:
          name: {{Name}}
          namespace: kube-system
        rules:
          - apiGroups: [coordination.k8s.io]
            resources: [leases]
            verbs: [list]
          - apiGroups: [""]
            resources: [pods]
            verbs: [list]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata:
          name: {{Name}}
          namespace: kube-system
        roleRef:
          apiGroup: rbac.authorization.k8s.io
          kind: Role
          name: {{Name}}
        subjects:
          - kind: ServiceAccount
            name: {{Name}}
            namespace: {{request.Namespace}}
        ---
        # Requests the short tokens that are compared.
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata:
          name: {{Name}}-token
          namespace: {{request.Namespace}}
        rules:
          - apiGroups: [""]
            resources: [serviceaccounts/token]
            resourceNames: [{{request.ServiceAccount}}]
            verbs: [create]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata:
          name: {{Name}}-token
          namespace: {{request.Namespace}}
        roleRef:
          apiGroup: rbac.authorization.k8s.io
          kind: Role
          name: {{Name}}-token
        subjects:
          - kind: ServiceAccount
            name: {{Name}}
            namespace: {{request.Namespace}}
        ---
        # Reads which nodes run API servers.
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata:
          name: {{Name}}-nodes
        rules:
          - apiGroups: [""]
            resources: [nodes]
            verbs: [list]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata:
          name: {{Name}}-nodes
        roleRef:
          apiGroup: rbac.authorization.k8s.io
          kind: ClusterRole
          name: {{Name}}-nodes
        subjects:
          - kind: ServiceAccount
            name: {{Name}}
            namespace: {{request.Namespace}}
        ---
        # Reads /flagz and /metrics.
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata:
          name: {{Name}}-monitoring
        roleRef:
          apiGroup: rbac.authorization.k8s.io
          kind: ClusterRole
          name: system:monitoring
        subjects:
          - kind: ServiceAccount
            name: {{Name}}
            namespace: {{request.Namespace}}
        ---
        # Reads the two documents.
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata:
          name: {{Name}}-discovery
        roleRef:
          apiGroup: rbac.authorization.k8s.io
          kind: ClusterRole
          name: system:service-account-issuer-discovery
        subjects:
          - kind: ServiceAccount
            name: {{Name}}
            namespace: {{request.Namespace}}
        ---

        """.ReplaceLineEndings("\n");

    private static string Job(VerifyRequest request, List<string> arguments, string image) => $$"""
        apiVersion: batch/v1
        kind: Job
        metadata:
          name: {{Name}}
          namespace: {{request.Namespace}}
        spec:
          backoffLimit: 0
          ttlSecondsAfterFinished: 3600
          template:
            spec:
              serviceAccountName: {{Name}}
              restartPolicy: Never
              securityContext:
                runAsNonRoot: true
                runAsUser: 65532
                seccompProfile:
                  type: RuntimeDefault
              containers:
                - name: verify
                  image: {{YamlText.Scalar(image)}}
                  args:
        {{YamlText.List(arguments, 12)}}          securityContext:
                    allowPrivilegeEscalation: false
                    readOnlyRootFilesystem: true
                    capabilities:
                      drop: [ALL]
                  resources:
                    requests:
                      cpu: 50m
                      memory: 64Mi
                    limits:
                      memory: 256Mi

        """.ReplaceLineEndings("\n") + (request.TokenBefore is null ? "" : $$"""
                  volumeMounts:
                    - name: token-before
                      mountPath: /token-before
                      readOnly: true
              volumes:
                # kubectl -n {{request.Namespace}} create secret generic issuer-verify-token --from-file=token=token-before.jwt
                - name: token-before
                  secret:
                    secretName: issuer-verify-token
                    defaultMode: 0444

        """.ReplaceLineEndings("\n"));
}
