using IssuerGateway.Cli.RunningGateway;
using IssuerGateway.Operations.Page;
using IssuerGateway.Publishing.Reporting;

namespace IssuerGateway.Cli.Page;

/// <summary>
/// <c>/</c> of the operations listener: the state of the gateway, for a person. It holds what <c>/status</c> holds, works
/// without script, and loads itself again by a meta refresh.
/// </summary>
internal static class StatusPage
{
    private const int ReloadSeconds = 30;

    /// <summary>So many issuers are open when the page loads, beginning with those that need attention.</summary>
    private const int MaxOpen = 10;

    /// <summary>Days before the end of a certificate from which it is named; as the alert has it.</summary>
    private const int FewDays = 10;

    /// <summary>Piece by piece, since a thousand issuers make a page of some megabytes.</summary>
    public static IEnumerable<Markup> Of(StatusDocument status, DateTimeOffset now)
    {
        yield return Head(status, now);
        yield return SelfCheck(status, now);
        yield return Certificates(status, now);
        yield return Markup.Of($"<h2 id=\"issuers\">Issuers</h2>\n");
        ILookup<string, ServerHealthStatus> health = status.Servers.ToLookup(server => server.Issuer, StringComparer.Ordinal);
        int open = MaxOpen;
        foreach (IssuerStatus issuer in status.Issuers.OrderBy(issuer => issuer.IsPublished).ThenBy(issuer => issuer.Findings.Count == 0))
        {
            yield return IssuerSection.Of(issuer, [.. health[issuer.Issuer]], isOpen: open-- > 0, now);
        }

        yield return Markup.Of($"</body></html>\n");
    }

    private static Markup Head(StatusDocument status, DateTimeOffset now)
    {
        (string style, string verdict) = Verdict(status, now);
        Markup draining = status.IsDraining ? Markup.Of($"<p class=\"warn\">Shutting down: no new connections are accepted.</p>\n") : default;
        return Markup.Of($"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
            <meta http-equiv="refresh" content="{ReloadSeconds}"><title>{verdict} - issuer-gateway</title><style>{Style}</style></head><body>
            <h1>issuer-gateway <span class="soft">{status.Version}</span></h1>
            <p class="verdict {style}">{verdict}</p>
            {draining}<p class="soft">As of {TimeText.Utc(now)}. This page loads itself again every {ReloadSeconds} s.</p>
            <nav><a href="#issuers">Issuers</a><a href="/status">/status</a><a href="/metrics">/metrics</a><a href="/readyz">/readyz</a></nav>

            """);
    }

    // The one constant that is not a hole: as it is hashed for the policy, so it is written.
    private static Markup Style { get; } = Markup.OfConstant(PageStyle.Css);

    public static (string Style, string Text) Verdict(StatusDocument status, DateTimeOffset now)
    {
        int missing = status.Issuers.Count(issuer => !issuer.IsPublished);
        int certificates = status.Certificates.Count(certificate => certificate.NotAfter is not { } end || end <= now);
        int findings = status.Issuers.Sum(issuer => issuer.Findings.Count) + status.SeenFromOutside.Sum(seen => seen.Findings.Count) + status.Certificates.Sum(certificate => certificate.Findings.Count);
        if (missing + certificates > 0)
        {
            string[] parts = [.. new[] { Counted(missing, "issuer is", "issuers are", "not published"), Counted(certificates, "host has", "hosts have", "no valid certificate") }.OfType<string>()];
            return ("bad", string.Join(", ", parts));
        }

        string all = status.Issuers.Count == 1 ? "The issuer is published" : $"All {status.Issuers.Count} issuers are published";
        return findings == 0 ? ("good", all) : ("warn", $"{all}, {Counted(findings, "finding", "findings", "to look at")}");
    }

    private static string? Counted(int count, string one, string many, string rest) => count == 0 ? null : $"{count} {(count == 1 ? one : many)} {rest}";

    private static Markup SelfCheck(StatusDocument status, DateTimeOffset now) => Markup.Join(status.SeenFromOutside.Where(seen => seen.Findings.Count > 0)
        .Select(seen => Markup.Of($"<h2>Seen from outside: {seen.Issuer}, {TimeText.Ago(seen.At, now)}</h2>\n{Findings.List(seen.Findings, issuer: null)}")));

    private static Markup Certificates(StatusDocument status, DateTimeOffset now)
    {
        if (status.Certificates.Count == 0)
        {
            return default;
        }

        Markup table = Table.Of("", ["Host", "Days left", "Valid until"], status.Certificates.Count, status.Certificates.Select(certificate => (IReadOnlyList<Markup>)
        [
            Markup.Of($"{certificate.Host}"),
            DaysLeft(certificate, now),
            Markup.Of($"{(certificate.NotAfter is { } end ? TimeText.Utc(end) : "")}"),
        ]));
        Markup findings = Markup.Join(status.Certificates.Select(certificate => Findings.List(certificate.Findings, certificate.Host)));
        return Markup.Of($"<h2>Certificates</h2>\n{findings}<div class=\"card\">{table}</div>\n");
    }

    private static Markup DaysLeft(CertificateStatus certificate, DateTimeOffset now)
    {
        if (certificate.NotAfter is not { } end)
        {
            return Markup.Of($"<span class=\"bad\">no certificate</span>");
        }

        int days = (int)Math.Floor((end - now).TotalDays);
        return end <= now ? Markup.Of($"<span class=\"bad\">expired {TimeText.Ago(end, now)}</span>")
            : IsShort(certificate, end, now) ? Markup.Of($"<span class=\"warn\">{days} (expires soon)</span>")
            : Markup.Of($"{days}");
    }

    // Of a certificate of six days a third is two.
    private static bool IsShort(CertificateStatus certificate, DateTimeOffset end, DateTimeOffset now)
    {
        TimeSpan life = end - (certificate.NotBefore ?? now);
        return end - now < (life / 3 < TimeSpan.FromDays(FewDays) ? life / 3 : TimeSpan.FromDays(FewDays));
    }
}
