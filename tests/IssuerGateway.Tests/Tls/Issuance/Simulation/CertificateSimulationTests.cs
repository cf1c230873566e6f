using CsCheck;

namespace IssuerGateway.Tests.Tls.Issuance.Simulation;

/// <summary>
/// A certificate is never served expired, and never none, once a CA has been willing for as long as the longest back-off
/// step. Found schedules stay in <see cref="Found"/>; a failure prints its seed (CsCheck) and its schedule.
/// SIMULATION_SCHEDULES sets how many are drawn: 200 in CI, 10,000 in a long run.
/// </summary>
public sealed class CertificateSimulationTests
{
    private static readonly int count = int.TryParse(Environment.GetEnvironmentVariable("SIMULATION_SCHEDULES"), out int given) ? given : 200;

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
    public Task No_replica_serves_an_expired_certificate_or_none_while_a_CA_would_issue_one() =>
        schedules.SampleAsync(AssertKeptAsync, iter: count, threads: 1, print: schedule => schedule.ToString());

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

    // Assert.Null would cut what is found.
    private static async Task AssertKeptAsync(Schedule schedule)
    {
        string? broken = await CertificateSimulation.RunAsync(schedule);
        Assert.True(broken is null, broken);
    }
}
