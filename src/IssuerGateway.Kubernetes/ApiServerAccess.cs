using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IssuerGateway.Kubernetes.Trust;

namespace IssuerGateway.Kubernetes;

/// <summary>Everything needed to reach the API servers of one cluster, as of one reading of the files that say it.</summary>
public sealed class ApiServerAccess
{
    /// <summary>The servers to query; in a cluster the service address, from which the others are learnt.</summary>
    public required IReadOnlyList<Uri> Servers { get; init; }

    /// <summary>Whether the real servers are read from the EndpointSlices of default/kubernetes.</summary>
    public bool DiscoversServers { get; init; }

    public required TrustAnchors Trust { get; init; }

    /// <summary>The name that the server's certificate must carry; absent: the host of the address.</summary>
    public string? ServerName { get; init; }

    /// <summary>Further names of the same servers; a certificate with one of them is theirs too.</summary>
    public IReadOnlyList<string> AlternativeNames { get; init; } = [];

    public IBearerToken? Token { get; init; }

    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>Read for each server; absent: none is ever used.</summary>
    public IWebProxy? Proxy { get; init; }

    public Impersonation? Impersonation { get; init; }

    /// <summary>Changes when a connection made with an earlier access must not be used any longer.</summary>
    public string Fingerprint => field ??= Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        $"{Trust.Hash} {ServerName} {string.Join(' ', AlternativeNames)} {ClientCertificate?.Thumbprint}")));
}

/// <summary>The access in force, or everything that prevents it; exactly one of the two is there.</summary>
public sealed record AccessReading(ApiServerAccess? Access, IReadOnlyList<AccessFault> Faults)
{
    public static AccessReading Of(ApiServerAccess access) => new(access, []);

    public static AccessReading Failed(params IReadOnlyList<AccessFault> faults) => new(null, faults);
}
