namespace IssuerGateway.Tests;

public sealed class SimulationSeedsTests
{
    [Fact]
    public void A_normal_run_takes_the_same_seeds_each_time() => Assert.Equal([1, 2, 3], SimulationSeeds.Of(wanted: null, longRun: null, 3));

    [Fact]
    public void A_seed_is_repeated_alone() => Assert.Equal([525756863], SimulationSeeds.Of("525756863", longRun: 10_000, 3));

    [Fact]
    public void A_range_is_played_as_it_is() => Assert.Equal([998, 999, 1000], SimulationSeeds.Of("998..1000", longRun: null, 20));

    [Theory]
    [InlineData("random", null, 20)]
    [InlineData("random", 30, 30)]
    [InlineData(null, 30, 30)]
    public void Random_and_long_runs_draw_new_ones(string? wanted, int? longRun, int expected)
    {
        int[] seeds = [.. SimulationSeeds.Of(wanted, longRun, 20)];

        Assert.Equal(expected, seeds.Length);
        Assert.NotEqual(seeds, [.. SimulationSeeds.Of(wanted, longRun, 20)]);
    }

    [Theory]
    [InlineData("randm")]
    [InlineData("5..3")]
    [InlineData("5..")]
    [InlineData("1..2..3")]
    public void Anything_else_is_a_mistake(string wanted) => Assert.Throws<InvalidOperationException>(() => SimulationSeeds.Of(wanted, longRun: null, 3));
}
