using System.Text.RegularExpressions;
using CsCheck;

namespace IssuerGateway.Tests.Tls.Issuance.Simulation;

/// <summary>
/// A certificate is never served expired, and never none, once a CA has been willing for as long as the longest back-off
/// step. Found schedules stay in <see cref="Found"/>; a failure names its seed, and its schedule with what it does not need left out.
/// A normal run plays the same 60 seeds each time; SIMULATION_SEED=random, or a long run (SIMULATION_SCHEDULES=10000),
/// plays new ones (<see cref="SimulationSeeds"/>). One seed always draws and plays the same schedule.
/// </summary>
public sealed class CertificateSimulationTests(ITestOutputHelper output)
{
    private const int Runs = 60;

    private static readonly TimeSpan[] lifetimes =
    [
        TimeSpan.FromMinutes(2), TimeSpan.FromHours(1), TimeSpan.FromHours(24), TimeSpan.FromDays(6), TimeSpan.FromDays(45), TimeSpan.FromDays(64), TimeSpan.FromDays(90),
    ];

    private static readonly Gen<Schedule> schedules =
        from lifetime in Gen.Int[0, lifetimes.Length - 1].Select(index => lifetimes[index])
        from replicas in Gen.Int[1, 3]
        from hasRenewalInfo in Gen.Bool
        from faults in Gen.Select(Gen.Enum<FaultKind>(), Gen.Double[0, 0.9], Gen.Double[0.001, 0.5], Gen.Int[0, replicas - 1], Gen.Double[0, 1])
            .Select(drawn => new Fault(drawn.Item1, drawn.Item2, drawn.Item3, drawn.Item4, drawn.Item5)).Array[0, 6]
        select new Schedule(lifetime, replicas, hasRenewalInfo, faults);

    [Fact]
    public async Task No_replica_serves_an_expired_certificate_or_none_while_a_CA_would_issue_one()
    {
        foreach (int seed in SimulationSeeds.Take(Runs, output))
        {
            Schedule schedule = DrawnBy(seed);
            if (await CertificateSimulation.RunAsync(schedule) is { } broken)
            {
                Assert.Fail($"seed {seed}: {await ShortenedAsync(schedule) ?? broken}");
            }
        }
    }

    [Fact]
    public async Task One_seed_always_plays_the_same_schedule()
    {
        Schedule schedule = new(TimeSpan.FromDays(6), 2, HasRenewalInfo: true, [new Fault(FaultKind.CaOrderInvalid, 0.2, 0.7, 0, 0)]);
        string? first = await CertificateSimulation.RunAsync(schedule, isAlwaysWilling: true);
        string? second = await CertificateSimulation.RunAsync(schedule, isAlwaysWilling: true);

        Assert.NotNull(first);
        Assert.Equal(WithoutThumbprints(first), WithoutThumbprints(second!));
        Assert.Equal(DrawnBy(7).ToString(), DrawnBy(7).ToString());

        static string WithoutThumbprints(string text) => Regex.Replace(text, "SHA-256 [0-9a-f]{64}", "");
    }

    public static TheoryData<string> Found => [.. FoundSchedules.All.Keys];

    [Theory]
    [MemberData(nameof(Found))]
    public Task Keeps_what_a_schedule_once_broke(string name) => AssertKeptAsync(FoundSchedules.All[name]);

    [Theory]
    [InlineData(0, "replica 0 serves none")]
    [InlineData(0.2, "replica 0 serves a certificate that expired at")]
    public async Task Is_able_to_fail(double from, string broken)
    {
        Schedule schedule = new(TimeSpan.FromDays(6), 1, HasRenewalInfo: false, [new Fault(FaultKind.CaOrderInvalid, from, 0.7, 0, 0)]);

        await AssertKeptAsync(schedule);
        Assert.StartsWith(broken, await CertificateSimulation.RunAsync(schedule, isAlwaysWilling: true), StringComparison.Ordinal);
    }

    private static Schedule DrawnBy(int seed) => schedules.Generate(new PCG(0, (ulong)seed), null, out _);

    // Without each fault that it breaks without as well.
    private static async Task<string?> ShortenedAsync(Schedule schedule)
    {
        string? broken = null;
        foreach (Fault fault in schedule.Faults)
        {
            Schedule shorter = schedule with { Faults = [.. schedule.Faults.Where(each => each != fault)] };
            if (await CertificateSimulation.RunAsync(shorter) is { } still)
            {
                (schedule, broken) = (shorter, still);
            }
        }

        return broken;
    }

    // Assert.Null would cut what is found.
    private static async Task AssertKeptAsync(Schedule schedule)
    {
        string? broken = await CertificateSimulation.RunAsync(schedule);
        Assert.True(broken is null, broken);
    }
}
