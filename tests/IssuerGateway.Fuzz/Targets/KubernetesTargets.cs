using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Kubeconfigs;
using IssuerGateway.Kubernetes.Objects;
using IssuerGateway.Kubernetes.Trust;
using IssuerGateway.Tls.Issuance.Stores;
using IssuerGateway.Tls.Serving;
using k8s.Models;

namespace IssuerGateway.Fuzz.Targets;

/// <summary>What the API server of the cluster responds with beside the documents, and the file that says how to reach it.</summary>
internal static class KubernetesTargets
{
    public static void EndpointSlices(byte[] bytes)
    {
        if (Read(bytes, ApiObjects.Default.V1EndpointSliceList) is not { } slices)
        {
            return;
        }

        IReadOnlyList<Uri> servers = EndpointSliceServers.ServersOf(slices);
        BrokenPromiseException.Unless(servers.Count <= 32 && servers.All(server => server.Scheme == "https" && server.UserInfo.Length == 0), "a bounded number of https servers");
    }

    /// <summary>A Secret of either kind that is read: a certificate, or the state of ACME.</summary>
    public static void Secret(byte[] bytes)
    {
        if (Read(bytes, ApiObjects.Default.V1Secret) is not { } secret)
        {
            return;
        }

        CertificateCandidate offer = SecretAcmeStore.CandidateOf(secret);
        ServingCertificate? certificate = offer.Parse(out string? fault);
        BrokenPromiseException.Unless(certificate is null == fault is not null, "a certificate or a fault");
        BrokenPromiseException.Unless(fault is null || !fault.Contains("-----BEGIN", StringComparison.Ordinal), "no fault shows what it is about");

        V1Secret again = Written(secret, ApiObjects.Default.V1Secret);
        BrokenPromiseException.Unless(again.Metadata.ResourceVersion == secret.Metadata.ResourceVersion && again.Type == secret.Type, "a write is made on top of what was read");
        BrokenPromiseException.Unless(SecretAcmeStore.CandidateOf(again).Hash == offer.Hash, "what is written is read");
        if (secret.Data is { } data && data.TryGetValue(SecretAcmeStore.StateKey, out byte[]? state))
        {
            StateTargets.AcmeState(state ?? []);
        }
    }

    public static void Lease(byte[] bytes)
    {
        if (Read(bytes, ApiObjects.Default.V1Lease) is not { } lease)
        {
            return;
        }

        V1Lease again = Written(lease, ApiObjects.Default.V1Lease);
        BrokenPromiseException.Unless(again.Metadata.ResourceVersion == lease.Metadata.ResourceVersion, "a write is made on top of what was read");
        BrokenPromiseException.Unless(
            again.Spec?.HolderIdentity == lease.Spec?.HolderIdentity && again.Spec?.LeaseDurationSeconds == lease.Spec?.LeaseDurationSeconds && again.Spec?.LeaseTransitions == lease.Spec?.LeaseTransitions,
            "what is written is read");
    }

    public static void Kubeconfig(byte[] bytes)
    {
        KubeconfigParser parser = new("/etc/issuer-gateway/kubeconfig");
        parser.LoadAsync("/etc/issuer-gateway/kubeconfig", bytes).GetAwaiter().GetResult();
        KubeconfigEntry? entry = parser.Parse(contextName: null);
        BrokenPromiseException.Unless(entry is null == parser.Faults.Count > 0, "an entry or faults");
        BrokenPromiseException.Unless(parser.Faults.All(fault => AccessFaultCode.All.Contains(fault.Code) && fault.Message.Length > 0 && fault.Hint.Length > 0), "each fault says how to correct it");
        if (entry is null)
        {
            return;
        }

        BrokenPromiseException.Unless(entry.Server is { Scheme: "https", UserInfo: "", AbsolutePath: "/", Query: "", Fragment: "" }, "https to a host and a port alone");
        BrokenPromiseException.Unless(ServerAddress.TryParse(ServerAddress.Show(entry.Server), out Uri shown, out _) && shown == entry.Server, "a server is what it is shown as");
        BrokenPromiseException.Unless(entry.ClientCertificate is null == entry.ClientKey is null, "a certificate with its key");
        BrokenPromiseException.Unless(entry.Token is not null || entry.TokenFile is not null || entry.ClientCertificate is not null, "a credential");
        BrokenPromiseException.Unless(entry.Token is null || (entry.Token.Length > 0 && !entry.Token.AsSpan().ContainsAnyExceptInRange('!', '~')), "a token is one word of a header");
        foreach (KubeconfigContent content in new[] { entry.Trust, entry.ClientCertificate, entry.ClientKey }.OfType<KubeconfigContent>())
        {
            BrokenPromiseException.Unless(content.Data is null != content.File is null, "content in place or in a file");
        }

        if (entry.Trust?.Data is { } trust)
        {
            BrokenPromiseException.Unless(TrustAnchors.Parse(trust, "trust", out AccessFault? fault) is null == fault is not null, "anchors or a fault");
        }

        if (entry is { ClientCertificate.Data: { } certificate, ClientKey.Data: { } key })
        {
            BrokenPromiseException.Unless(ClientCertificate.Parse(certificate, key, "client", out AccessFault? fault) is null == fault is not null, "a client certificate or a fault");
        }
    }

    private static T? Read<T>(byte[] bytes, JsonTypeInfo<T> kind) where T : class
    {
        try
        {
            return ApiObjectText.Read(bytes, kind);
        }
        catch (JsonException)
        {
            // What those who query the API server report.
            return null;
        }
    }

    private static T Written<T>(T read, JsonTypeInfo<T> kind) where T : class => ApiObjectText.Read(JsonSerializer.SerializeToUtf8Bytes(read, kind), kind);
}
