using System.Globalization;
using IssuerGateway.Tls.Issuance.Orders;
using IssuerGateway.Tls.Issuance.Stores;
using IssuerGateway.Tls.Serving;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Tls.Issuance;

/// <summary>What every host's renewal works with.</summary>
internal sealed record IssuanceContext(
    AcmeSettings Settings,
    AcmeAccounts Accounts,
    AcmeStateCache State,
    IAcmeStore Store,
    ServingCertificates Certificates,
    CertificateUpdater Updater,
    AcmeMetrics Metrics,
    TimeProvider Time,
    ILoggerFactory Loggers)
{
    /// <summary>For back-off and renewal windows. Tests that have to repeat a run give one with a seed.</summary>
    public Random Random { get; init; } = Random.Shared;

    /// <summary>From 0 inclusive to 1 exclusive: the same for one certificate each time, different between certificates.</summary>
    public Func<ServingCertificate, double> Spread { get; init; } = certificate =>
        int.Parse(certificate.Thumbprint.AsSpan(0, 6), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / (double)0x1000000;

    public string DirectoryUrl => Settings.Directory.OriginalString;

    /// <summary>What is known of the host for this CA; another CA knows nothing of earlier failures.</summary>
    public HostState StateOf(string host) => State.Current.Host(host) is var state && state.Directory == DirectoryUrl
        ? state
        : new HostState { Directory = DirectoryUrl, Certificate = state.Certificate };
}
