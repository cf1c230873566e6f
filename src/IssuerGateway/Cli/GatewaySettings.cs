using IssuerGateway.Base;
using IssuerGateway.Configuration;
using IssuerGateway.Edge;
using IssuerGateway.Edge.Limits;
using IssuerGateway.Issuers;
using IssuerGateway.Operations;
using IssuerGateway.Publishing;
using IssuerGateway.Tls;
using IssuerGateway.Upstream;
using Microsoft.Extensions.Configuration;

namespace IssuerGateway.Cli;

/// <summary>All settings of the gateway as domain types, read in one walk in which every fault is found.</summary>
internal sealed record GatewaySettings
{
    public required IReadOnlyList<PublishedIssuerSettings> Issuers { get; init; }

    public required PublishingSettings Publishing { get; init; }

    /// <summary>The cluster of the Secrets that hold the last good documents.</summary>
    public required ClusterSettings StateCluster { get; init; }

    public required EdgeSettings Edge { get; init; }

    public required DrainSettings Drain { get; init; }

    public required TlsSettings Tls { get; init; }

    public required OutsideInSettings OutsideIn { get; init; }

    public required OperationsSettings Operations { get; init; }

    public required LogSettings Log { get; init; }

    /// <summary>What is in force, for <c>--print-config</c>.</summary>
    public required IReadOnlyList<string> EffectiveLines { get; init; }

    /// <param name="willServe">Whether this host is the one that serves: files of serving certificates must be there and good, and descriptors enough.</param>
    public static GatewaySettings? Read(IConfiguration configuration, out IReadOnlyList<SettingError> errors, bool willServe = false) =>
        Read(new SettingsReader(configuration), out errors, willServe);

    internal static GatewaySettings? Read(SettingsReader reader, out IReadOnlyList<SettingError> errors, bool willServe = false)
    {
        IReadOnlyList<SettingsReader> issuerReaders = reader.Sections("Issuers");
        PublishedIssuerSettings[] issuers = [.. issuerReaders.Select(PublishedIssuerSettings.Read)];
        GatewaySettings settings = new()
        {
            Issuers = issuers,
            Publishing = PublishingSettings.Read(reader),
            StateCluster = ClusterSettings.Read(reader.Section("StateSecret"), isUsed: reader.Section("StateSecret").Text("Prefix") is not null),
            Edge = EdgeSettings.Read(reader.Section("Edge")),
            Drain = DrainSettings.Read(reader.Section("Shutdown")),
            Tls = TlsSettings.Read(reader.Section("Tls")),
            OutsideIn = OutsideInSettings.Read(reader.Section("OutsideIn")),
            Operations = OperationsSettings.Read(reader.Section("Operations")),
            Log = LogSettings.Read(reader.Section("Log")),
            EffectiveLines = reader.EffectiveLines(),
        };
        if (willServe)
        {
            settings.Tls.ReportFileFaults(reader.Section("Tls"));
            settings.Edge.Limits.ReportDescriptorFault(reader.Section("Edge"), ProcessLimits.Current());
        }

        if (issuers.Length == 0)
        {
            reader.Fail("Issuers", "nothing", "at least one issuer", "set Issuers:0:Identifier to the issuer of the cluster: kubectl get --raw /.well-known/openid-configuration | jq -r .issuer");
        }

        errors =
        [
            .. reader.Errors(),
            .. IssuerSettings.SharedRoutes(issuers.SelectMany(issuer => issuer.KeyedIdentifiers())),
        ];
        return errors.Count == 0 ? settings : null;
    }
}

/// <summary>One element of <c>Issuers</c>: what may be published, and where it comes from.</summary>
internal sealed record PublishedIssuerSettings(string Key, IssuerSettings Issuer, UpstreamSettings Upstream)
{
    public static PublishedIssuerSettings Read(SettingsReader reader) =>
        new(reader.KeyOf("").TrimEnd(':'), IssuerSettings.Read(reader), UpstreamSettings.Read(reader.Section("Upstream")));

    public IEnumerable<(string Key, IssuerIdentifier Identifier)> KeyedIdentifiers() =>
    [
        .. Issuer.Identifier is { } identifier ? [($"{Key}:Identifier", identifier)] : Array.Empty<(string, IssuerIdentifier)>(),
        .. Issuer.PreviousIdentifiers.Select((previous, i) => ($"{Key}:PreviousIdentifiers:{i}", previous)),
    ];
}
