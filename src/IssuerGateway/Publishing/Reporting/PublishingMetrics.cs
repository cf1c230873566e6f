using IssuerGateway.Issuers;
using IssuerGateway.Publishing.Keys;
using Prometheus;

namespace IssuerGateway.Publishing.Reporting;

/// <summary>What an operator is alerted by: refreshes by server and outcome, age of what is published, findings, keys.</summary>
internal sealed class PublishingMetrics(IMetricFactory factory)
{
    private static readonly string[] perIssuer = ["issuer"];
    private static readonly string[] perServer = ["issuer", "server"];

    private readonly Counter refreshes = factory.CreateCounter("issuer_gateway_refresh_total",
        "Responses of each API server by outcome: accepted, or the first rule that rejected it.", ["issuer", "server", "outcome"]);

    private readonly Gauge lastSuccess = factory.CreateGauge("issuer_gateway_last_success_timestamp_seconds",
        "Unix time at which the server's documents were last accepted.", perServer);

    private readonly Gauge confirmed = factory.CreateGauge("issuer_gateway_confirmed_timestamp_seconds",
        "Unix time at which the published documents were last confirmed by an API server.", perIssuer);

    private readonly Gauge stale = factory.CreateGauge("issuer_gateway_stale",
        "1 while the last refresh had no accepted response and the last good documents are served, else 0.", perIssuer);

    private readonly Gauge findings = factory.CreateGauge("issuer_gateway_findings",
        "Findings of the last refresh by rule.", ["issuer", "rule", "severity"]);

    private readonly Gauge keys = factory.CreateGauge("issuer_gateway_keys", "Keys in the published JWK Set; 0 while none is published.", perIssuer);

    private readonly Gauge diverging = factory.CreateGauge("issuer_gateway_servers_diverging",
        "1 while API servers publish different keys, else 0.", perIssuer);

    private readonly Gauge unpublished = factory.CreateGauge("issuer_gateway_signing_key_unpublished",
        "1 while the cluster signs the gateway's own token with a key that is not published, else 0.", perIssuer);

    private readonly Gauge up = factory.CreateGauge("issuer_gateway_server_up",
        "1 when the server responded to the last refresh, 0 when it was down, busy or unreachable.", perServer);

    private readonly Gauge publishedSince = factory.CreateGauge("issuer_gateway_key_server_since_timestamp_seconds",
        "Unix time since which a server publishes a key.", ["issuer", "kid", "server"]);

    private readonly Gauge firstSeen = factory.CreateGauge("issuer_gateway_key_first_seen_timestamp_seconds",
        "Unix time since which a key is published, as far as its history goes.", ["issuer", "kid"]);

    /// <summary>The documents have become too old to be served.</summary>
    public void Withdrawn(Issuer issuer) => keys.WithLabels(issuer.Identifier.Value).Set(0);

    /// <param name="isPublished">Whether relying parties get documents now.</param>
    public void Refreshed(Issuer issuer, PublisherState previous, PublisherState next, SteadyClock clock, bool isPublished)
    {
        string name = issuer.Identifier.Value;
        foreach (ServerState server in next.Servers)
        {
            string outcome = server.IsAccepted ? "accepted" : server.Findings.First(finding => finding.Severity == Severity.Error).Rule;
            refreshes.WithLabels(name, server.Server, outcome).Inc();
            up.WithLabels(name, server.Server).Set(server.Findings.Any(ServerFindings.IsUnavailable) ? 0 : 1);
            if (server.LastSuccess is { } at)
            {
                lastSuccess.WithLabels(name, server.Server).Set(at.ToUnixTimeMilliseconds() / 1000.0);
            }
        }

        foreach (ServerState gone in previous.Servers.Where(server => next.Servers.All(other => other.Server != server.Server)))
        {
            lastSuccess.RemoveLabelled(name, gone.Server);
            up.RemoveLabelled(name, gone.Server);
            foreach (string[] labels in refreshes.GetAllLabelValues().Where(labels => labels[0] == name && labels[1] == gone.Server))
            {
                refreshes.RemoveLabelled(labels);
            }
        }

        if (next.Confirmed is { } confirmation)
        {
            confirmed.WithLabels(name).Set(confirmation.At.ToUnixTimeMilliseconds() / 1000.0);
        }

        stale.WithLabels(name).Set(next.Failures > 0 ? 1 : 0);
        keys.WithLabels(name).Set(isPublished ? next.Keys?.Keys.Count ?? 0 : 0);
        diverging.WithLabels(name).Set(next.Findings.Any(finding => finding.Rule == "servers-differ") ? 1 : 0);
        unpublished.WithLabels(name).Set(next.Findings.Any(finding => finding.Rule is "signing-key-unpublished" or "signing-key-replaced") ? 1 : 0);
        FirstSeen(name, next);
        PublishedSince(name, previous, next, clock);
        Findings(name, previous, next);
    }

    private void PublishedSince(string issuer, PublisherState previous, PublisherState next, SteadyClock clock)
    {
        HashSet<(string Kid, string Server)> now = [];
        foreach (TrackedKey key in next.Union.Keys)
        {
            foreach ((string server, KeySource source) in key.Sources.Where(source => source.Value.IsCurrent))
            {
                now.Add((key.Identity, server));
                publishedSince.WithLabels(issuer, key.Identity, server).Set(clock.ToWall(source.Since).ToUnixTimeMilliseconds() / 1000.0);
            }
        }

        foreach (TrackedKey key in previous.Union.Keys)
        {
            foreach (string server in key.Sources.Keys.Where(server => !now.Contains((key.Identity, server))))
            {
                publishedSince.RemoveLabelled(issuer, key.Identity, server);
            }
        }
    }

    private void FirstSeen(string issuer, PublisherState next)
    {
        foreach ((string kid, KeyHistoryEntry entry) in next.History?.Entries ?? System.Collections.Immutable.ImmutableSortedDictionary<string, KeyHistoryEntry>.Empty)
        {
            if (entry.Removed is null)
            {
                firstSeen.WithLabels(issuer, kid).Set(entry.FirstSeen.ToUnixTimeMilliseconds() / 1000.0);
            }
            else
            {
                firstSeen.RemoveLabelled(issuer, kid);
            }
        }
    }

    private void Findings(string issuer, PublisherState previous, PublisherState next)
    {
        // Also a severity that has changed: a server that is down is an error alone and a warning beside another one.
        foreach (Finding gone in previous.Findings.Where(finding => next.Findings.All(other => other.Rule != finding.Rule || other.Severity != finding.Severity)))
        {
            findings.RemoveLabelled(issuer, gone.Rule, SeverityOf(gone));
        }

        foreach (IGrouping<(string Rule, string Severity), Finding> same in next.Findings.GroupBy(finding => (finding.Rule, SeverityOf(finding))))
        {
            findings.WithLabels(issuer, same.Key.Rule, same.Key.Severity).Set(same.Count());
        }
    }

    private static string SeverityOf(Finding finding) => finding.Severity == Severity.Error ? "error" : "warning";
}
