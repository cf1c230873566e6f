using System.Security.Cryptography;
using System.Text;

namespace IssuerGateway.Ctl.Parties;

/// <summary>What a pod needs as YAML: a patch for a Deployment, or values, ConfigMap and label for charts/workload-identity.</summary>
internal static class PodText
{
    private const int MaxTestName = 50;
    private const string TestDirectory = "/var/run/secrets/trust-test";

    /// <summary>The formats of the pod, which every party has; the party's name is the field manager of its ConfigMap.</summary>
    public static IReadOnlyDictionary<string, Func<PodNeeds, string>> Formats(string party) => new Dictionary<string, Func<PodNeeds, string>>
    {
        ["patch"] = Patch,
        ["configmap"] = needs => ConfigMap(needs, party),
        ["values"] = ChartValues,
        ["init"] = InitContainer,
    };

    /// <summary>A strategic merge patch: what it does not name stays.</summary>
    public static string Patch(PodNeeds needs) => Joined(
    [
        "# What a Deployment needs without charts/workload-identity:",
        $"#   kubectl patch deployment NAME -n {needs.Workload.Namespace} --patch-file THIS_FILE",
        "spec:",
        "  template:",
        "    spec:",
        $"      serviceAccountName: {TextQuoting.Yaml(needs.Workload.ServiceAccount)}",
        "      containers:",
        $"        - name: {TextQuoting.Yaml(needs.Workload.Container)}",
        .. needs.Environment.Count == 0 ? (string[])[] : ["          env:"],
        .. needs.Environment.SelectMany(each => (string[])[$"            - name: {each.Name}", $"              value: {TextQuoting.Yaml(each.Value)}"]),
        "          volumeMounts:",
        $"            - name: {needs.VolumeName}",
        $"              mountPath: {needs.Directory}",
        "              readOnly: true",
        "      volumes:",
        $"        - name: {needs.VolumeName}",
        "          projected:",
        "            sources:",
        "              # The kubelet replaces the file before it expires: read it at every use, and mount no subPath.",
        "              - serviceAccountToken:",
        $"                  audience: {TextQuoting.Yaml(needs.Workload.Audience)}",
        $"                  expirationSeconds: {needs.ExpirationSeconds}",
        $"                  path: {needs.TokenFile}",
        .. needs.File is not { } file ? (string[])[] :
        [
            "              - configMap:",
            $"                  name: {needs.ConfigMapName}",
            "                  items:",
            $"                    - key: {file.Key}",
            $"                      path: {file.Path}",
        ],
    ]);

    /// <summary>For charts/workload-identity; server-side, so that the keys of other parties in the same ConfigMap stay.</summary>
    public static string ConfigMap(PodNeeds needs, string party)
    {
        (string Key, string Value)[] data =
        [
            .. needs.Settings,
            .. needs.File is { } file ? [(file.Key, file.Content)] : Array.Empty<(string, string)>(),
        ];
        return Joined(
        [
            "# What the pods need with charts/workload-identity. The template of the Deployment carries",
            $"#   serviceAccountName  {needs.Workload.ServiceAccount}",
            $"#   label       {needs.Label.Key}: {TextQuoting.Yaml(needs.Label.Value)}",
            .. needs.Annotations.Select(each => $"#   annotation  {each.Key}: {TextQuoting.Yaml(each.Value)}"),
            .. needs.Remarks.Select(each => $"#   {each}"),
            .. data.Length == 0 ? (string[])["# and needs no ConfigMap."] :
            [
                "# and its namespace has this ConfigMap:",
                $"#   kubectl apply --server-side --field-manager=issuerctl-{party} -f THIS_FILE",
                "apiVersion: v1",
                "kind: ConfigMap",
                "metadata:",
                $"  name: {needs.ConfigMapName}",
                $"  namespace: {TextQuoting.Yaml(needs.Workload.Namespace)}",
                "data:",
                .. data.Select(each => $"  {each.Key}: {TextQuoting.Yaml(each.Value)}"),
            ],
        ]);
    }

    /// <summary>Chart values are those of the whole cluster: they switch the label's kind on and name nothing of one namespace.</summary>
    public static string ChartValues(PodNeeds needs) => Joined(
    [
        "# Values of charts/workload-identity, which an administrator installs once for the cluster:",
        "#   helm upgrade --install workload-identity charts/workload-identity --namespace kube-system --reset-then-reuse-values --values THIS_FILE",
        .. needs.ChartValues.GroupBy(each => each.Section).SelectMany(section => (string[])[$"{section.Key}:", .. section.Select(each => $"  {each.Key}: {each.Value}")]),
        "# helm test workload-identity -n kube-system tries the exchange, with --set tests.enabled=true --set tests.image.repository=REGISTRY/issuerctl",
        "tests:",
        "  exchanges:",
        $"    {TextQuoting.Yaml(TestName(needs))}:",
        $"      namespace: {TextQuoting.Yaml(needs.Workload.Namespace)}",
        $"      serviceAccount: {TextQuoting.Yaml(needs.Workload.ServiceAccount)}",
        $"      audience: {TextQuoting.Yaml(needs.Workload.Audience)}",
        "      args:",
        .. needs.Test.Select(each => $"        - {TextQuoting.Yaml(each)}"),
    ]);

    /// <summary>An init container that tries the exchange before the app starts, with a token of its own; a strategic merge patch.</summary>
    public static string InitContainer(PodNeeds needs) => Joined(
    [
        "# Tries the exchange before the app starts, with the image of issuerctl (docker buildx build --target issuerctl): set IMAGE to it.",
        "# The pod starts only while the party can be reached and accepts the token: for a first rollout, not for every restart.",
        $"#   kubectl patch deployment NAME -n {needs.Workload.Namespace} --patch-file THIS_FILE",
        "spec:",
        "  template:",
        "    spec:",
        $"      serviceAccountName: {TextQuoting.Yaml(needs.Workload.ServiceAccount)}",
        "      initContainers:",
        "        - name: trust-test",
        "          image: IMAGE",
        "          args:",
        .. ((string[])["trust", "test", needs.Test[0], "--token", $"{TestDirectory}/token", .. needs.Test.Skip(1)]).Select(each => $"            - {TextQuoting.Yaml(each)}"),
        "          securityContext:",
        "            runAsNonRoot: true",
        "            runAsUser: 65532",
        "            allowPrivilegeEscalation: false",
        "            readOnlyRootFilesystem: true",
        "            capabilities:",
        "              drop: [ALL]",
        "            seccompProfile:",
        "              type: RuntimeDefault",
        "          resources:",
        "            requests:",
        "              cpu: 50m",
        "              memory: 96Mi",
        "            limits:",
        "              memory: 256Mi",
        "          volumeMounts:",
        "            - name: trust-test-token",
        $"              mountPath: {TestDirectory}",
        "              readOnly: true",
        "      volumes:",
        "        - name: trust-test-token",
        "          projected:",
        "            sources:",
        "              - serviceAccountToken:",
        $"                  audience: {TextQuoting.Yaml(needs.Workload.Audience)}",
        "                  expirationSeconds: 600",
        "                  path: token",
    ]);

    // A DNS label: the name of a pod. What had to be changed for it gets a digest, so that no other workload has the same.
    private static string TestName(PodNeeds needs)
    {
        string whole = $"{needs.Test[0]}-{needs.Workload.Namespace}-{needs.Workload.ServiceAccount}";
        string name = whole.Replace('.', '-');
        return name == whole && name.Length <= MaxTestName ? name
            : $"{name[..Math.Min(name.Length, MaxTestName - 9)].TrimEnd('-')}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(whole)))[..8]}";
    }

    private static string Joined(IEnumerable<string> lines) => string.Join('\n', lines) + "\n";
}
