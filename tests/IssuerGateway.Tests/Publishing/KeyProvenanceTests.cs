using System.Text;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing;
using IssuerGateway.Publishing.Keys;
using IssuerGateway.Publishing.State;
using IssuerGateway.Tests.Issuers;

namespace IssuerGateway.Tests.Publishing;

public sealed class KeyProvenanceTests
{
    private static readonly DateTimeOffset written = DateTimeOffset.Parse("2026-11-24T12:00:00Z");
    private static readonly IssuerIdentifier issuer = Build.Identifier();
    private static readonly KeySource source = KeySource.New(Build.Keys(Build.Rsa("a")).Keys[0], written);

    private readonly JumpingTime time = new();

    [Theory]
    [InlineData(7200, 7200)]
    [InlineData(0, 0)]
    [InlineData(-7200, 0)]
    public void Is_as_old_as_the_wall_clock_says_where_the_run_of_the_machine_is_not_known(int wall, int age)
    {
        SteadyClock clock = new(time);
        KeyProvenance provenance = Provenance(wall: time.GetUtcNow().AddSeconds(-wall)) with { SinceBoot = clock.SinceBoot - TimeSpan.FromDays(1) };

        Assert.Equal(TimeSpan.FromSeconds(age), provenance.Age(clock));
    }

    /// <summary>Hours: what the wall clock says, and the time since the machine started; a minute is for the test itself.</summary>
    [Theory]
    [InlineData(true, 100, 1, 1)]
    [InlineData(true, -100, 1, 1)]
    [InlineData(true, 3, -1, 3)]
    [InlineData(false, 3, 1, 3)]
    public void Is_as_old_as_the_clock_of_the_machine_says_within_one_run(bool isThisRun, int wall, int sinceBoot, int age)
    {
        Assert.SkipWhen(SuspendAwareTime.BootId is null, "this kernel names no run");
        SteadyClock clock = new(SuspendAwareTime.Instance);
        KeyProvenance provenance = Provenance(wall: SuspendAwareTime.Instance.GetUtcNow().AddHours(-wall)) with
        {
            BootId = isThisRun ? clock.BootId : "another",
            SinceBoot = clock.SinceBoot - TimeSpan.FromHours(sinceBoot),
        };

        Assert.InRange(provenance.Age(clock), TimeSpan.FromHours(age), TimeSpan.FromHours(age) + TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void Moves_moments_to_the_timeline_of_this_process_but_none_into_its_future()
    {
        SteadyClock clock = new(time);
        KeyProvenance provenance = Provenance(wall: time.GetUtcNow().AddHours(-2));

        Assert.Equal(clock.Now.AddHours(-3), provenance.ToSteady(provenance.WrittenAt.AddHours(-1), clock));
        Assert.Equal(clock.Now.AddHours(-1), provenance.ToSteady(provenance.WrittenAt.AddHours(1), clock));
        Assert.Equal(clock.Now, provenance.ToSteady(provenance.WrittenAt.AddHours(3), clock));
        Assert.Equal(DateTimeOffset.MinValue, Provenance(wall: time.GetUtcNow().AddHours(2)).ToSteady(DateTimeOffset.MinValue, clock));
    }

    /// <summary>Written two hours ago, last published ten minutes before: a server may have done so for a write interval more, but not beyond now.</summary>
    [Theory]
    [InlineData(5, true, 125)]
    [InlineData(180, true, 0)]
    [InlineData(5, false, 130)]
    public void A_server_that_published_a_key_counts_as_if_it_had_for_one_write_interval_more(int writeInterval, bool isCurrent, int minutesAgo)
    {
        SteadyClock clock = new(time);
        DateTimeOffset wall = time.GetUtcNow().AddHours(-2);
        KeySource stored = source with { Since = wall.AddHours(-1), LastPublished = wall.AddMinutes(-10), MissingSince = isCurrent ? null : wall.AddMinutes(-5) };
        KeyProvenance provenance = Provenance(wall) with { Keys = new() { ["a"] = new() { ["1"] = stored } } };

        KeySource restored = provenance.SourcesOf("a", clock, TimeSpan.FromMinutes(writeInterval))["1"];

        Assert.Equal((clock.Now.AddHours(-3), clock.Now.AddMinutes(-minutesAgo)), (restored.Since, restored.LastPublished));
        Assert.Equal(isCurrent ? null : clock.Now.AddMinutes(-125), restored.MissingSince);
        Assert.Empty(provenance.SourcesOf("b", clock, TimeSpan.Zero));
    }

    [Fact]
    public void Reads_what_was_written_for_this_issuer()
    {
        string text = Encoding.UTF8.GetString(KeyProvenanceText.Write(Provenance(written)));

        Assert.NotNull(Read(text));
        Assert.Null(KeyProvenanceText.ReadFor(Build.Identifier("https://another.example.test"), Build.Utf8(text)));
        Assert.Null(Read(text.Replace("\"Version\":1", "\"Version\":2", StringComparison.Ordinal)));
        Assert.Null(Read(text.Replace("\"Version\":1", "\"Version\":1,\"Version\":1", StringComparison.Ordinal)));
        Assert.Null(Read(text.Replace("\"1\":", "\"2\":", StringComparison.Ordinal)));
        Assert.Null(Read("[1]"));
    }

    [Fact]
    public void Reads_no_content_that_a_gateway_does_not_write()
    {
        Dictionary<string, KeySource> sources = new() { ["1"] = source };

        Assert.NotNull(Written(Provenance(written) with { SinceBoot = TimeSpan.Zero }));
        Assert.Null(Written(Provenance(written) with { SinceBoot = TimeSpan.FromTicks(-1) }));
        Assert.Null(Written(Provenance(written) with { Keys = new() { ["a"] = sources, ["b"] = null! } }));
        Assert.Null(Written(Provenance(written) with { Keys = new() { ["a"] = sources, ["b"] = new() { ["1"] = source, ["2"] = null! } } }));

        static KeyProvenance? Written(KeyProvenance provenance) => KeyProvenanceText.ReadFor(issuer, KeyProvenanceText.Write(provenance));
    }

    private static KeyProvenance? Read(string text) => KeyProvenanceText.ReadFor(issuer, Build.Utf8(text));

    private static KeyProvenance Provenance(DateTimeOffset wall) =>
        new(issuer.Value, wall, null, TimeSpan.FromHours(1), new() { ["a"] = new() { ["1"] = source } });
}
