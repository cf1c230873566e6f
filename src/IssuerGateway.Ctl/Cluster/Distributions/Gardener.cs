using IssuerGateway.Ctl.Cluster.Planning;
using IssuerGateway.Ctl.Cluster.Rendering;

namespace IssuerGateway.Ctl.Cluster.Distributions;

/// <summary>Gardener: fields of the Shoot in the garden cluster.</summary>
internal static class Gardener
{
    public static Distribution Distribution { get; } = new()
    {
        Id = "gardener",
        Name = "Gardener",
        Detection = [Fact.Documented("ConfigMap kube-system/shoot-info; node label worker.gardener.cloud/pool. Today's flags follow from the Shoot, in the garden cluster.")],
        TwoIssuers = TwoIssuers.Held,
        Setting =
        [
            Fact.Documented("spec.kubernetes.kubeAPIServer.serviceAccountConfig: issuer signs, acceptedIssuers are accepted. The default issuer stays accepted; a former custom one only if it is listed."),
            Fact.Documented("Or the annotation authentication.gardener.cloud/issuer=managed: Gardener publishes the documents itself, needs no gateway, and cannot be undone."),
        ],
        Defaults = [Fact.Documented("Issuer https://api.DOMAIN; --api-audiences explicit: kubernetes, gardener. It stays as it is.")],
        SetsAudiences = true,
        WritesKeySetUri = false,
        SigningKey = [Fact.Documented("RSA.")],
        CanAddKeys = null,
        RollingOut = [Fact.Documented("The seed cluster rolls the API server Deployment after the Shoot has been reconciled.")],
        Reaching = [Fact.Documented("Anonymous requests are off."), Fact.Documented("All servers are behind one address (apiserver-proxy): they cannot be compared from inside.")],
        Sources = "gardener/gardener@b312835",
        Steps = Steps,
    };

    private static IReadOnlyList<RollStep> Steps(RollContext context)
    {
        // The default issuer is not written: Gardener adds it, and it signs while no other is set.
        string first = IsDefault(context.First, context.New) ? "null    # the default issuer signs" : YamlText.Scalar(context.First);
        string[] accepted = [.. context.Others.Where(issuer => !IsDefault(issuer, context.New))];
        string? taken = context.Issuers.FirstOrDefault(issuer => IsDefault(issuer, context.New));
        return
        [
            new RollStep
            {
                Target = "the Shoot in the garden cluster",
                Place = "spec.kubernetes.kubeAPIServer.serviceAccountConfig",
                Content = $"spec:\n  kubernetes:\n    kubeAPIServer:\n      serviceAccountConfig:\n        issuer: {first}\n"
                    + (accepted.Length == 0 ? "        acceptedIssuers: []\n" : $"        acceptedIssuers:\n{YamlText.List(accepted, 10)}"),
                Command = $"kubectl -n garden-PROJECT patch shoot SHOOT --type merge --patch-file {context.Label}.yaml",
                Note = context.Kind == RollKind.DropOld
                    ? "Gardener's default issuer stays accepted for good; only former custom issuers are dropped."
                    : $"Wait until the Shoot's last operation has succeeded.{(taken is null ? "" : $" {taken} is taken for Gardener's default issuer, which is not listed; if it is a former custom one, add it to acceptedIssuers.")}",
            },
        ];
    }

    private static bool IsDefault(string issuer, string wanted) => issuer != wanted && issuer.StartsWith("https://api.", StringComparison.Ordinal);
}
