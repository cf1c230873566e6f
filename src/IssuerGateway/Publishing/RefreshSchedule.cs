namespace IssuerGateway.Publishing;

/// <summary>When to fetch next: a pure function of the settings, the failures so far and a random number.</summary>
internal static class RefreshSchedule
{
    /// <summary>Replicas started together spread their fetches over this part of the interval.</summary>
    private const double Jitter = 0.1;

    /// <param name="failures">Refreshes that have failed in a row; 0 after a success.</param>
    /// <param name="random">From 0 inclusive to 1 exclusive.</param>
    public static TimeSpan Next(PublishingSettings settings, int failures, double random)
    {
        double ceiling = Math.Max(settings.RefreshInterval.TotalSeconds, settings.MaxBackoff.TotalSeconds);
        double seconds = Math.Min(ceiling, settings.RefreshInterval.TotalSeconds * Math.Pow(2, Math.Min(failures, 20)));
        return TimeSpan.FromSeconds(seconds * (1 - Jitter + (2 * Jitter * random)));
    }

    /// <summary>
    /// When to fetch next after all issuers were fetched at the same moment: each gets a part of the interval of its own,
    /// and the jitter of <see cref="Next"/> keeps them spread from then on.
    /// </summary>
    /// <param name="place">From 0 to one less than <paramref name="places"/>.</param>
    public static TimeSpan Spread(PublishingSettings settings, int failures, int place, int places, double random) =>
        Next(settings, failures, random) * ((place + 1.0) / places);

    /// <summary>The longest that <see cref="Next"/> can be, for what is promised to caches until then.</summary>
    public static TimeSpan Longest(PublishingSettings settings, int failures) => Next(settings, failures, random: 1);
}
