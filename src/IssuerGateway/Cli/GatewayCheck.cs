using System.CommandLine;
using IssuerGateway.Base;
using IssuerGateway.Checking;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Kubernetes.Kubeconfigs;
using IssuerGateway.Upstream;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace IssuerGateway.Cli;

/// <summary>What <c>check</c> takes from the configuration of this program: the default issuer, and the API servers to compare with.</summary>
internal static class GatewayCheck
{
    public static Command Create(Terminal terminal)
    {
        ConfigurationOptions options = new();
        return CheckCommand.Create(terminal, (file, context, _) => new KubeconfigAccess(file, context, TimeProvider.System), new CheckConfiguration
        {
            AddOptions = options.AddTo,
            IsInEnvironment = () => Environment.GetEnvironmentVariables().Keys.Cast<string>().Any(name => name.StartsWith(ConfigurationOptions.EnvironmentPrefix, StringComparison.OrdinalIgnoreCase)),
            Read = (arguments, faults) => Read(options, arguments, faults),
        });
    }

    private static IReadOnlyList<ConfiguredIssuer>? Read(ConfigurationOptions options, ParseResult arguments, List<(string Message, string Hint)> faults)
    {
        IConfiguration? loaded = options.Load(arguments, out IReadOnlyList<SettingError> errors);
        GatewaySettings? settings = loaded is null ? null : GatewaySettings.Read(loaded, out errors);
        faults.AddRange(errors.Select(error => (error.Message, error.Hint)));
        return settings is null ? null : [.. settings.Issuers.Select(Configured)];
    }

    private static ConfiguredIssuer Configured(PublishedIssuerSettings settings) => new(settings.Issuer.Identifier?.Value, () =>
    {
        IssuerIdentifier identifier = settings.Issuer.Identifier!.Value;
        return new OwnedSource(new DocumentSources(new FetchLimits { ProbeInterval = null }, TimeProvider.System, NullLoggerFactory.Instance), settings.Upstream, identifier);
    });

    /// <summary>A source that ends what made it.</summary>
    private sealed class OwnedSource(DocumentSources sources, UpstreamSettings upstream, IssuerIdentifier identifier) : IDocumentSource
    {
        private readonly IDocumentSource source = sources.Create(upstream, identifier.Value, identifier.KeySetUri);

        public string Description => source.Description;

        public Task<IReadOnlyList<UpstreamResponse>> FetchAsync(CancellationToken cancellationToken) => source.FetchAsync(cancellationToken);

        public async ValueTask DisposeAsync()
        {
            await source.DisposeAsync();
            await sources.DisposeAsync();
        }
    }
}
