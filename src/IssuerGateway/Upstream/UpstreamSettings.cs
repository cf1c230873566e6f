using IssuerGateway.Configuration;
using IssuerGateway.Kubernetes;

namespace IssuerGateway.Upstream;

/// <summary>Where the documents of one issuer come from: the section <c>Issuers:N:Upstream</c>.</summary>
internal abstract record UpstreamSettings
{
    public static UpstreamSettings Read(SettingsReader reader) => UpstreamSettingsReader.Read(reader);
}

/// <summary>The cluster that the gateway runs in; the default.</summary>
/// <param name="ServerName">The name that the servers' certificates carry; absent: <c>kubernetes.default.svc</c>, or the address of that service.</param>
internal sealed record InClusterUpstream(string? ServerName) : UpstreamSettings;

/// <summary>One context of a kubeconfig; absent: its current-context.</summary>
internal sealed record KubeconfigUpstream(string File, string? Context) : UpstreamSettings;

/// <summary>API servers as stated, with either a token file or a client certificate.</summary>
internal sealed record ExplicitUpstream : UpstreamSettings
{
    public required IReadOnlyList<Uri> Servers { get; init; }

    public required string TrustFile { get; init; }

    public required string? TokenFile { get; init; }

    public required (string Certificate, string Key)? ClientCertificateFiles { get; init; }

    /// <summary>The name that the certificates of the servers must carry; absent: the host of each address.</summary>
    public required string? ServerName { get; init; }
}

/// <summary>A directory that <c>export</c> writes.</summary>
internal sealed record DirectoryUpstream(string Path) : UpstreamSettings;

/// <summary>PEM files such as sa.pub.</summary>
internal sealed record PublicKeysUpstream(IReadOnlyList<string> Files) : UpstreamSettings;
