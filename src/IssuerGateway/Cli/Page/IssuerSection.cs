using IssuerGateway.Cli.RunningGateway;
using IssuerGateway.Operations.Page;
using IssuerGateway.Publishing.Reporting;

namespace IssuerGateway.Cli.Page;

/// <summary>One issuer of the page: its state in a line, and below it keys, servers and what else there is to know.</summary>
internal static class IssuerSection
{
    /// <summary>Rows of one table; the rest is counted. A server can publish at most 100 keys, the history holds more.</summary>
    private const int MaxRows = 100;

    public static Markup Of(IssuerStatus issuer, IReadOnlyList<ServerHealthStatus> health, bool isOpen, DateTimeOffset now)
    {
        (string style, string state) = StateOf(issuer);
        Markup open = isOpen ? Markup.Of($" open") : default;
        return Markup.Of($"""
            <details{open}><summary><b>{issuer.Issuer}</b> <span class="{style}">{state}</span>{RefreshChart.Of(issuer.LastRefreshes)}</summary>
            {About(issuer, now)}{Findings.List(issuer.Findings, issuer: null)}{Keys(issuer, now)}{Servers(issuer, health, now)}</details>

            """);
    }

    private static (string Style, string State) StateOf(IssuerStatus issuer) => issuer switch
    {
        { IsPublished: false, ConfirmedAt: null } => ("bad", "not published: no valid documents yet"),
        { IsPublished: false } => ("bad", "not published: the last good documents are too old"),
        { FailuresInARow: > 0 } => ("warn", "published, not confirmed by the last refresh"),
        { Findings.Count: > 0 } => ("warn", "published, with findings"),
        _ => ("good", "published"),
    };

    private static Markup About(IssuerStatus issuer, DateTimeOffset now)
    {
        string confirmed = issuer.ConfirmedAt is { } at ? $"confirmed {TimeText.Ago(at, now)} ({TimeText.Utc(at)})" : "never confirmed";
        Markup previous = issuer.PreviousIdentifiers.Count == 0 ? default : Markup.Of($"<p>Previous identifiers: {string.Join(", ", issuer.PreviousIdentifiers)}</p>\n");
        Markup notes = Markup.Join(issuer.Notes.Select(note => Markup.Of($"<p>Note: {note}</p>\n")));
        string failures = issuer.FailuresInARow == 0 ? "" : $", {issuer.FailuresInARow} failed refreshes in a row";
        return Markup.Of($"<p class=\"soft\">{issuer.Source}; {confirmed}{failures}</p>\n{previous}{notes}");
    }

    private static Markup Keys(IssuerStatus issuer, DateTimeOffset now) =>
        Table.Of("Keys", ["Key id", "State", "Type", "First seen", "API servers"], issuer.Keys.Count, issuer.Keys.Take(MaxRows).Select(key => (IReadOnlyList<Markup>)
        [
            Markup.Of($"<code>{key.KeyId}</code>"),
            StateOf(key, now),
            Markup.Of($"{string.Join(", ", new[] { key.KeyType, key.Algorithm }.OfType<string>())}"),
            Markup.Of($"{(key.FirstSeen is { } first ? TimeText.Ago(first, now) : "unknown")}"),
            Markup.Join((key.Servers ?? []).Select(server => Of(server, now))),
        ]));

    private static Markup StateOf(KeyStatus key, DateTimeOffset now) => key switch
    {
        { Removed: { } removed } => Markup.Of($"<span class=\"soft\">removed {TimeText.Ago(removed, now)}</span>"),
        { SafeToSignAt: { } safe } when safe > now => Markup.Of($"<span class=\"warn\">published, safe to sign with in {TimeText.Span(safe - now)}</span>"),
        _ => Markup.Of($"<span class=\"good\">published</span>"),
    };

    private static Markup Of(KeyServerStatus server, DateTimeOffset now) => server.State switch
    {
        "publishes" => Markup.Of($"<div>{server.Server}</div>"),
        "omits" => Markup.Of($"<div class=\"warn\">{server.Server}: no longer publishes it, since {TimeText.Span(now - server.Since)}</div>"),
        _ => Markup.Of($"<div class=\"warn\">{server.Server}: does not respond, since {TimeText.Span(now - server.Since)}</div>"),
    };

    private static Markup Servers(IssuerStatus issuer, IReadOnlyList<ServerHealthStatus> health, DateTimeOffset now) =>
        Table.Of("API servers", ["Server", "Documents", "Last success", "Probe", "Findings"], issuer.Servers.Count, issuer.Servers.Take(MaxRows).Select(server => (IReadOnlyList<Markup>)
        [
            Markup.Of($"<code>{server.Server}</code>"),
            server.IsAccepted ? Markup.Of($"<span class=\"good\">accepted</span>") : Markup.Of($"<span class=\"bad\">not accepted</span>"),
            Markup.Of($"{(server.LastSuccess is { } last ? TimeText.Ago(last, now) : "never")}"),
            Markup.Of($"{health.FirstOrDefault(each => each.Server == server.Server)?.Readyz ?? "unknown"}"),
            Markup.Of($"{string.Join(", ", server.Rules)}"),
        ]));
}
