using System.Globalization;
using IssuerGateway.Operations.Page;
using IssuerGateway.Publishing;

namespace IssuerGateway.Cli.Page;

/// <summary>The last refreshes of an issuer as bars, oldest first: the height is the time a refresh took, the color its result.</summary>
internal static class RefreshChart
{
    private const int Step = 5;
    private const int Height = 24;

    public static Markup Of(IReadOnlyList<RefreshOutcome> refreshes)
    {
        if (refreshes.Count == 0)
        {
            return default;
        }

        TimeSpan longest = refreshes.Max(refresh => refresh.Took);
        int width = RefreshHistory.Kept * Step;
        Markup bars = Markup.Join(refreshes.Select((refresh, i) => Bar(refresh, i * Step, longest)));
        return Markup.Of($"""<svg role="img" width="{width}" height="{Height}" viewBox="0 0 {width} {Height}"><title>{Summary(refreshes, longest)}</title>{bars}</svg>""");
    }

    /// <summary>What the picture shows, for those who do not see it.</summary>
    public static string Summary(IReadOnlyList<RefreshOutcome> refreshes, TimeSpan longest)
    {
        int failed = refreshes.Count(refresh => refresh.Accepted == 0);
        int partly = refreshes.Count(refresh => refresh.Accepted > 0 && refresh.Accepted < refresh.Servers);
        return string.Create(CultureInfo.InvariantCulture,
            $"last {refreshes.Count} refreshes: {refreshes.Count - failed - partly} accepted from every API server, {partly} from some, {failed} failed; longest {longest.TotalSeconds:0.0} s");
    }

    private static Markup Bar(RefreshOutcome refresh, int x, TimeSpan longest)
    {
        int height = 4 + (int)((Height - 4) * (longest > TimeSpan.Zero ? refresh.Took / longest : 0));
        string result = refresh.Accepted == 0 ? "bad" : refresh.Accepted < refresh.Servers ? "warn" : "good";
        return Markup.Of($"""<rect class="{result}" x="{x}" y="{Height - height}" width="4" height="{height}"/>""");
    }
}
