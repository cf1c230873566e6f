using IssuerGateway.Base;
using IssuerGateway.Configuration;
using Microsoft.Extensions.Configuration;

namespace IssuerGateway.Tests.Configuration;

public sealed class SettingsReaderTests
{
    private enum Color
    {
        Red,
        Green,
    }

    [Fact]
    public void Collects_every_error_instead_of_stopping_at_the_first()
    {
        SettingsReader reader = Reader(("A", "x"), ("B", "70000"), ("C", "5x"), ("D", "blue"), ("Portt", "1"));
        reader.Flag("A", false);
        reader.Number("B", 8443, 0, 65535);
        reader.Duration("C", TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(5), TimeSpan.FromHours(1));
        reader.Choice("D", Color.Red);
        reader.RequiredText("E", "a directory", "set E");
        reader.Number("Port", 1, 0, 9);

        Assert.Equal(
            [
                "A: found \"x\", expected true or false\nhint: set A to true or false (default false)",
                "B: found \"70000\", expected a whole number from 0 to 65535\nhint: remove B for the default of 8443",
                "C: found \"5x\", expected a duration from 5s to 1h, such as 90s, 5m or 1h30m\nhint: remove C for the default of 30s",
                "D: found \"blue\", expected one of Red, Green\nhint: remove D for the default of Red",
                "E: is required: a directory\nhint: set E",
                "Portt: found an unknown key, expected a key of docs/reference/configuration.md\nhint: did you mean Port?",
            ],
            reader.Errors().Select(error => error.ToString()));
    }

    [Fact]
    public void Knows_every_key_in_full_below_lists()
    {
        SettingsReader reader = Reader(("Issuers:0:Name", "a"), ("Issuers:1:Nmae", "b"), ("Issuers:1:Texts:0", "c"));
        foreach (SettingsReader issuer in reader.Sections("Issuers"))
        {
            issuer.Text("Name");
            issuer.Texts("Texts");
        }

        Assert.Equal("Issuers:1:Nmae", Assert.Single(reader.Errors()).Key);
    }

    // Each would leave all members to their defaults, and the gateway would query another upstream than the operator named.
    [Fact]
    public void A_text_in_the_place_of_an_object_is_an_error()
    {
        SettingsReader reader = Reader(("Upstream", "Directory"), ("List:0", "a"), ("List:1:Name", "b"), ("Known:Name", "c"));

        Assert.Null(reader.Section("Upstream").Text("Kind"));
        reader.Section("Upstream").Text("Directory");
        Assert.Equal([null, "b"], reader.Sections("List").Select(each => each.Text("Name")));
        reader.Section("Known").Text("Name");

        Assert.Equal(
            [
                "Upstream: \"Directory\" is no object with members\nhint: write its members, as docs/reference/configuration.md lists them",
                "List:0: \"a\" is no object with members\nhint: write its members, as docs/reference/configuration.md lists them",
            ],
            reader.Errors().Select(error => error.ToString()));
    }

    [Fact]
    public void Prints_what_is_in_force()
    {
        SettingsReader reader = Reader(("List:0", "a"), ("List:1", "b"));
        reader.Texts("List");
        reader.Duration("Wait", TimeSpan.FromMinutes(90), TimeSpan.Zero, TimeSpan.FromDays(1));

        Assert.Equal(["List:0 = a", "List:1 = b", "Wait = 1h30m"], reader.EffectiveLines());
    }

    // A StateDirectory with one started, and every refresh failed with an unexpected exception.
    [Fact]
    public void Rejects_a_NUL_character_in_any_value()
    {
        SettingsReader reader = Reader(("Path", "/var\0/lib"), ("Only", "\0"), ("List:0", "a\0"));
        Assert.Equal("/var/lib", reader.Text("Path"));
        Assert.Null(reader.Text("Only"));
        Assert.Equal(["a"], reader.Texts("List"));

        Assert.Equal(
            [("Path: it contains a NUL character", "remove \\u0000 from Path"), ("Only: it contains a NUL character", "remove \\u0000 from Only"), ("List:0: it contains a NUL character", "remove \\u0000 from List:0")],
            reader.Errors().Select(error => (error.Message, error.Hint)));
    }

    [Fact]
    public void Counts_an_empty_value_as_absent() => Assert.Equal(7, Reader(("N", "")).Number("N", 7, 0, 9));

    [Theory]
    [InlineData("30s", 30)]
    [InlineData("5m", 300)]
    [InlineData("1h30m", 5400)]
    [InlineData("7d", 604800)]
    [InlineData("250ms", 0.25)]
    [InlineData("0s", 0)]
    public void Reads_durations_of_the_Kubernetes_kind(string text, double seconds)
    {
        Assert.True(DurationText.TryParse(text, out TimeSpan duration));
        Assert.Equal(seconds, duration.TotalSeconds);
        Assert.Equal(text, DurationText.Show(duration));
    }

    [Theory]
    [InlineData("")]
    [InlineData("30")]
    [InlineData("s")]
    [InlineData("-5s")]
    [InlineData("1.5h")]
    [InlineData("5m1h")]
    [InlineData("5 m")]
    [InlineData("5S")]
    [InlineData("9999999999s")]
    [InlineData("999999999d")]
    [InlineData("00:00:30")]
    public void Rejects_other_durations(string text) => Assert.False(DurationText.TryParse(text, out _));

    [Theory]
    [InlineData("1 week", "7d")]
    [InlineData("7 days", "7d")]
    [InlineData("90 min", "1h30m")]
    [InlineData("1.5h", "1h30m")]
    [InlineData("30", "30s")]
    [InlineData("5 M", "5m")]
    [InlineData("00:05:00", "5m")]
    [InlineData("7.00:00:00", "7d")]
    [InlineData("soon", null)]
    [InlineData("5 fortnights", null)]
    [InlineData("0 days", null)]
    [InlineData("7d 1h", "7d1h")]
    [InlineData("0.4s", null)]
    [InlineData("5 weeks", null)]
    public void Suggests_the_notation_that_it_reads(string text, string? meant)
    {
        SettingsReader reader = Reader(("MaxStale", text));
        reader.Duration("MaxStale", TimeSpan.FromDays(7), TimeSpan.FromSeconds(1), TimeSpan.FromDays(30));

        Assert.EndsWith($"\nhint: {(meant is null ? "remove MaxStale for the default of 7d" : $"write {meant}")}", Assert.Single(reader.Errors()).ToString(), StringComparison.Ordinal);
    }

    private static SettingsReader Reader(params (string Key, string Value)[] values) =>
        new(new ConfigurationBuilder().AddInMemoryCollection(values.Select(value => new KeyValuePair<string, string?>(value.Key, value.Value))).Build());
}
