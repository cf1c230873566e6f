using System.Text.Json.Serialization;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing.Reporting;
using IssuerGateway.Tls.Serving;

namespace IssuerGateway.Cli.RunningGateway;

/// <summary>What <c>/status</c> of the operations listener returns and the command line reads; grows, never changes meaning.</summary>
internal sealed record StatusDocument
{
    public required string Version { get; init; }

    public required bool IsDraining { get; init; }

    public required IReadOnlyList<IssuerStatus> Issuers { get; init; }

    /// <summary>How the API servers respond to their probe and the last fetch.</summary>
    public required IReadOnlyList<ServerHealthStatus> Servers { get; init; }

    /// <summary>What the check of the gateway's own public URLs found last; empty unless <c>OutsideIn:Interval</c> is set.</summary>
    public required IReadOnlyList<OutsideInStatus> SeenFromOutside { get; init; }

    /// <summary>The certificate of each host that ought to have one; empty with <c>Tls:Mode</c> None. Absent in the responses of earlier versions.</summary>
    public IReadOnlyList<CertificateStatus> Certificates { get; init; } = [];
}

/// <summary>The certificate served for one host; without dates when there is none.</summary>
internal sealed record CertificateStatus(string Host, DateTimeOffset? NotBefore, DateTimeOffset? NotAfter, IReadOnlyList<FindingStatus> Findings)
{
    public static IReadOnlyList<CertificateStatus> Of(CertificateMonitor monitor, ServingCertificates certificates)
    {
        IReadOnlyList<CertificateFinding> findings = monitor.Findings();
        return
        [
            .. monitor.Hosts.Select(host => new CertificateStatus(host, certificates.For(host)?.NotBefore, certificates.For(host)?.NotAfter,
                [.. findings.Where(finding => finding.Host == host).Select(finding => new FindingStatus(finding.Rule, finding.IsError ? "error" : "warning", finding.Found, finding.Fix))])),
        ];
    }
}

internal sealed record OutsideInStatus(string Issuer, DateTimeOffset At, IReadOnlyList<FindingStatus> Findings);

/// <summary>Health of one API server as YARP keeps it: <c>unknown</c>, <c>healthy</c> or <c>unhealthy</c>.</summary>
internal sealed record ServerHealthStatus(string Issuer, string Server, string Readyz, string Fetch);

[JsonSerializable(typeof(StatusDocument))]
[JsonSerializable(typeof(CommandOutcome))]
[JsonSourceGenerationOptions(WriteIndented = true, RespectRequiredConstructorParameters = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class StatusJson : JsonSerializerContext;
