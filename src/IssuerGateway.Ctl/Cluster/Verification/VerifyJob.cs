using IssuerGateway.Ctl.Cluster.Distributions;
using IssuerGateway.Ctl.Cluster.Rendering;

namespace IssuerGateway.Ctl.Cluster.Verification;

/// <summary>The manifest that runs the same verification inside the cluster, where every API server can be reached; with exactly the rights that it needs.</summary>
internal static class VerifyJob
{
    public const string Name = "issuer-verify";

    /// <param name="request">What to verify.</param>
    /// <param name="servers">The address of every server.</param>
    /// <param name="image">The image of issuerctl; has no control characters.</param>
    /// <param name="isOpenShift">Whether the cluster is OpenShift, which keeps the flags in an object; null: not known.</param>
    public static string Manifest(VerifyRequest request, IReadOnlyList<string> servers, string image, bool? isOpenShift)
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
        return Head(request, image, isOpenShift) + VerifyJobRights.Of(request, isOpenShift == true) + Job(request, arguments, image);
    }

    private static string Head(VerifyRequest request, string image, bool? isOpenShift) => $$"""
        # Runs issuerctl cluster verify at every API server from inside. Changes nothing; requests tokens of ten minutes.
        # Image: {{image}}; --image of the command that wrote this gives another one.
        {{(isOpenShift is null ? "# On OpenShift write this without --server: the rights in its own namespaces are missing here.\n" : "")}}# A Job cannot be changed: the one of an earlier roll goes first.
        # kubectl -n {{request.Namespace}} delete job {{Name}} --ignore-not-found && kubectl apply -f FILE && kubectl -n {{request.Namespace}} wait --for=condition=complete job/{{Name}} --timeout=5m; kubectl -n {{request.Namespace}} logs job/{{Name}}

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
