namespace IssuerGateway.Tests;

/// <summary>
/// The seeds of a simulation. A normal run takes the same ones each time (1, 2, 3 and so on), so that CI says of a change
/// what it would have said before. SIMULATION_SEED=random draws new ones, as does a long run (SIMULATION_SCHEDULES is set);
/// SIMULATION_SEED=NUMBER repeats the one that a failure has named, SIMULATION_SEED=FIRST..LAST plays a range: a long run that
/// can be repeated, and done in pieces. Each seed is printed before it is played.
/// </summary>
internal static class SimulationSeeds
{
    private static readonly string? wanted = Environment.GetEnvironmentVariable("SIMULATION_SEED");

    /// <summary>How many schedules a long run draws; null in a normal run.</summary>
    public static int? LongRun { get; } = int.TryParse(Environment.GetEnvironmentVariable("SIMULATION_SCHEDULES"), out int count) ? count : null;

    public static IEnumerable<int> Take(int count, ITestOutputHelper output)
    {
        foreach (int seed in Of(wanted, LongRun, count))
        {
            output.WriteLine($"seed {seed}");
            yield return seed;
        }
    }

    public static IEnumerable<int> Of(string? wanted, int? longRun, int count) =>
        int.TryParse(wanted, out int one) ? [one]
        : wanted?.Split("..") is [var from, var to] && int.TryParse(from, out int first) && int.TryParse(to, out int last) && first <= last ? Enumerable.Range(first, last - first + 1)
        : wanted == "random" || (string.IsNullOrEmpty(wanted) && longRun is not null) ? Enumerable.Range(0, longRun ?? count).Select(_ => Random.Shared.Next())
        : string.IsNullOrEmpty(wanted) ? Enumerable.Range(1, count)
        : throw new InvalidOperationException($"SIMULATION_SEED: found \"{wanted}\", expected a number, a range such as 1..1000, or random");
}
