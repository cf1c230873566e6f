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
    public string DirectoryUrl => Settings.Directory.OriginalString;

    /// <summary>What is known of the host for this CA; another CA knows nothing of earlier failures.</summary>
    public HostState StateOf(string host) => State.Current.Host(host) is var state && state.Directory == DirectoryUrl
        ? state
        : new HostState { Directory = DirectoryUrl, Certificate = state.Certificate };
}
