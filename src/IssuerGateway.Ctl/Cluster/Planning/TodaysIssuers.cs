using IssuerGateway.Ctl.Cluster.Distributions;
using IssuerGateway.Ctl.Cluster.Inspection;

namespace IssuerGateway.Ctl.Cluster.Planning;

/// <summary>What the servers accept and sign with today, as far as it is known.</summary>
internal sealed record TodaysIssuers
{
    /// <summary>The issuers of each server whose flags were read, in its order.</summary>
    public required IReadOnlyList<(ApiServerState Server, IReadOnlyList<string> Issuers)> PerServer { get; init; }

    /// <summary>The issuers of one server; null when its flags are not known.</summary>
    public IReadOnlyList<string>? Of(ApiServerState server) => PerServer.FirstOrDefault(each => ReferenceEquals(each.Server, server)).Issuers;

    /// <summary>All of them: the first server's in its order, then what others add.</summary>
    public required IReadOnlyList<string> All { get; init; }

    /// <summary>What <c>--api-audiences</c> gives on a server whose flags are all known; null: not set, or unknown.</summary>
    public IReadOnlyList<string>? Audiences { get; init; }

    /// <summary>Whether servers differ in it. One without the flag differs from one with it also while both take the same audiences: they part when an issuer goes.</summary>
    public bool AudiencesDiffer { get; init; }

    /// <summary>Whether it is known that the flag is set, or is not.</summary>
    public bool AudiencesAreKnown { get; init; }

    /// <summary>Whether the further issuers are known, and not only the one that the discovery document names.</summary>
    public bool IsWhole => PerServer.Count > 0 || IsFromSource;

    /// <summary>Whether they were read in the configuration, because no server shows its flags.</summary>
    public bool IsFromSource { get; init; }

    public bool Differ => PerServer.Select(server => string.Join('\n', server.Issuers)).Distinct().Count() > 1;

    public static TodaysIssuers Of(ClusterState state)
    {
        string[] discovered = [.. state.Discovery.Select(document => document.Issuer).OfType<string>().Distinct()];
        (ApiServerState Server, IReadOnlyList<string> Issuers)[] perServer =
        [
            .. from server in state.Servers
               where server.Flags is not null
               let issuers = IssuersOf(server, discovered)
               where issuers.Count > 0
               select (server, issuers),
        ];
        ApiServerState[] complete = [.. state.Servers.Where(server => server is { Flags: not null, IsComplete: true })];
        Distribution distribution = DistributionCatalog.Find(state.Distribution.Id) ?? General.Distribution;
        FlagSet[] sources = [.. state.Sources.Select(each => SourceFindings.Read(each, distribution)).OfType<FlagSet>()];
        FlagSet? source = sources.FirstOrDefault(each => each.Audiences is not null) ?? (state.Sources.Any(each => each.Kind == ConfigurationSource.ConfigMap) ? sources.FirstOrDefault() : null);

        // A server that could not be read may run with what the configuration has.
        bool isPartial = perServer.Length > 0 && perServer.Length < (state.ServerCount ?? int.MaxValue);
        string[] configured = perServer.Length == 0 ? [.. sources.SelectMany(each => each.Issuers).Distinct()]
            : isPartial ? [.. SourceFindings.Issuers(state, distribution).SelectMany(each => each.Issuers).Distinct()] : [];
        return new TodaysIssuers
        {
            PerServer = perServer,
            IsFromSource = perServer.Length == 0 && configured.Length > 0,
            All = [.. perServer.SelectMany(server => server.Issuers).Concat(discovered).Concat(configured).Distinct()],
            Audiences = complete.Select(server => server.Flags!.Audiences).FirstOrDefault(audiences => audiences is not null) ?? source?.Audiences,
            AudiencesDiffer = complete.Select(server => string.Join(',', server.Flags!.Audiences ?? [])).Distinct().Count() > 1,
            AudiencesAreKnown = complete.Length > 0 || source is not null,
        };
    }

    // An annotation holds what the administrator gave: an explicit value takes the place of the default, += appends
    // to the default and -= puts before it (k3s pkg/util/args.go).
    private static IReadOnlyList<string> IssuersOf(ApiServerState server, string[] discovered)
    {
        FlagSet flags = server.Flags!;
        if (server.IsComplete || flags.Issuers.Count > 0)
        {
            // Should /flagz print a joined issuer without its quotes, the discovery document shows that it is one.
            string joined = string.Join(',', flags.Issuers);
            return flags.Issuers.Count > 1 && discovered.Contains(joined) ? [joined] : flags.Issuers;
        }

        IReadOnlyList<string> before = flags.All(FlagSet.Issuer + "-");
        IReadOnlyList<string> after = flags.All(FlagSet.Issuer + "+");
        string standard = discovered.FirstOrDefault(issuer => !before.Contains(issuer)) ?? KubernetesFacts.ClusterLocal;
        return [.. before, standard, .. after];
    }
}
