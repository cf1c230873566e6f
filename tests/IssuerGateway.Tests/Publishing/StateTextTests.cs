using System.Text;
using System.Text.Json.Nodes;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing.Keys;
using IssuerGateway.Publishing.State;
using IssuerGateway.Tests.Issuers;

namespace IssuerGateway.Tests.Publishing;

/// <summary>What the texts of the state must be to be read.</summary>
public sealed class StateTextTests
{
    private static readonly DateTimeOffset start = DateTimeOffset.Parse("2026-11-24T12:00:00Z");
    private static readonly IssuerIdentifier issuer = Build.Identifier();

    [Theory]
    [InlineData(null, true)]
    [InlineData(0.0, true)]
    [InlineData(2147483647.0, true)]
    [InlineData(-1.0, false)]
    [InlineData(2147483648.0, false)]
    [InlineData(double.NaN, false)]
    public void Documents_have_a_max_age_that_an_API_server_could_have_sent(double? seconds, bool isPossible)
    {
        LastKnownGood documents = new() { Version = 1, Issuer = issuer.Value, ConfirmedAt = start, MaxAgeSeconds = seconds, Discovery = [], KeySet = [] };

        Assert.Equal(isPossible, documents.HasPossibleMaxAge);
    }

    [Fact]
    public void A_history_is_intact_in_another_layout_but_not_with_another_value()
    {
        KeyHistory history = KeyHistory.StartedAt(start).Observe(["a"], start);
        string text = Encoding.UTF8.GetString(KeyHistoryText.Write(issuer.Value, history));

        Assert.NotNull(KeyHistoryText.ReadFor(issuer, Build.Utf8(JsonNode.Parse(text)!.ToJsonString())));
        Assert.Null(KeyHistoryText.ReadFor(issuer, Build.Utf8(text.Replace("2026-11-24", "2026-11-23", StringComparison.Ordinal))));
        Assert.Null(KeyHistoryText.ReadFor(Build.Identifier("https://another.example.test"), Build.Utf8(text)));
    }

    [Fact]
    public void A_history_with_an_entry_of_nothing_is_none()
    {
        KeyHistory history = KeyHistory.StartedAt(start).Observe(["a"], start);
        KeyHistory broken = history with { Entries = history.Entries.Add("b", null!) };

        Assert.Null(KeyHistoryText.ReadFor(issuer, KeyHistoryText.Write(issuer.Value, broken)));
    }
}
