using IssuerGateway.Fuzz.Targets;

namespace IssuerGateway.Fuzz;

/// <summary>One parser of foreign bytes with what must hold of its result for every input; what does not hold is thrown.</summary>
internal sealed record FuzzTarget(string Name, Action<byte[]> Run)
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("discovery", IssuerTargets.Discovery),
        new("key-set", IssuerTargets.KeySet),
        new("token", IssuerTargets.Token),
        new("issuer-identifier", IssuerTargets.Identifier),
        new("client-hello", TlsTargets.ClientHello),
        new("endpoint-slices", KubernetesTargets.EndpointSlices),
        new("secret", KubernetesTargets.Secret),
        new("lease", KubernetesTargets.Lease),
        new("kubeconfig", KubernetesTargets.Kubeconfig),
        new("certificate-chain", TlsTargets.CertificateChain),
        new("certificate-key", TlsTargets.CertificateKey),
        new("acme-directory", AcmeTargets.Directory),
        new("acme-order", AcmeTargets.Order),
        new("acme-authorization", AcmeTargets.Authorization),
        new("acme-problem", AcmeTargets.Problem),
        new("acme-renewal-info", AcmeTargets.RenewalInfo),
        new("acme-headers", AcmeTargets.Headers),
        new("if-none-match", EdgeTargets.IfNoneMatch),
        new("proxy-header", EdgeTargets.ProxyHeader),
        new("last-known-good", StateTargets.LastKnownGood),
        new("key-history", StateTargets.KeyHistory),
        new("key-provenance", StateTargets.KeyProvenance),
        new("acme-state", StateTargets.AcmeState),
        new("settings", SettingsTargets.Settings),
        new("duration", SettingsTargets.Duration),
        new("public-key-file", SettingsTargets.PublicKeyFile),
    ];

    /// <summary>The inputs that are kept of this target.</summary>
    public string CorpusDirectory => Path.Combine(AppContext.BaseDirectory, "Corpus", Name);
}

/// <summary>Something that must hold for every input did not.</summary>
internal sealed class BrokenPromiseException(string promise) : Exception(promise)
{
    public static void Unless(bool holds, string promise)
    {
        if (!holds)
        {
            throw new BrokenPromiseException(promise);
        }
    }
}
