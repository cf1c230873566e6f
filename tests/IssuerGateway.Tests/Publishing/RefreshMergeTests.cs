using System.Text;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing;
using IssuerGateway.Tests.Issuers;

namespace IssuerGateway.Tests.Publishing;

public sealed class RefreshMergeTests
{
    private static readonly DateTimeOffset start = DateTimeOffset.Parse("2026-11-24T12:00:00Z");
    private static readonly string key = Build.Rsa("a");
    private static readonly string spaced = $"{{ \"keys\": [ {key} ] }}";

    [Fact]
    public void Publishes_the_bytes_of_servers_only_while_all_of_them_respond()
    {
        Assert.Equal(spaced, Text(Refresh(PublisherState.Initial, 0, Accepted("1"), Accepted("2")).Keys!));
        Assert.Equal($"{{\"keys\":[{key}]}}", Text(Refresh(PublisherState.Initial, 0, Accepted("1"), Rejected("2", "fetch-timeout")).Keys!));
    }

    [Theory]
    [InlineData(true, "fetch-unauthorized")]
    [InlineData(true, "fetch-unauthorized", "fetch-timeout")]
    [InlineData(true, "fetch-timeout fetch-unauthorized", "fetch-timeout")]
    [InlineData(false, "fetch-timeout")]
    [InlineData(false, "fetch-unauthorized", "issuer-mismatch")]
    [InlineData(false, "fetch-unauthorized", "")]
    public void The_credential_is_rejected_when_every_server_that_responds_rejects_it(bool isUnauthorized, params string[] servers)
    {
        EvaluatedResponse[] responses = [.. servers.Select((rules, i) => rules.Length == 0 ? Accepted($"{i}") : Rejected($"{i}", rules.Split(' ')))];

        PublisherState first = Refresh(PublisherState.Initial, 0, responses);

        Assert.Equal(isUnauthorized ? start : null, first.UnauthorizedSince);
        Assert.Equal(isUnauthorized ? start : null, Refresh(first, 1, responses).UnauthorizedSince);
    }

    [Fact]
    public void Remembers_of_each_server_when_it_was_last_accepted()
    {
        PublisherState state = Refresh(PublisherState.Initial, 0, Accepted("1"), Rejected("2", "fetch-timeout"));
        state = Refresh(state, 1, Rejected("1", "fetch-timeout"), Accepted("2"));
        state = Refresh(state, 2, Rejected("1", "fetch-timeout"), Rejected("2", "fetch-timeout"), Rejected("3", "fetch-timeout"), Accepted("4"));

        Assert.Equal(
            [("1", start), ("2", start.AddMinutes(1)), ("3", null), ("4", start.AddMinutes(2))],
            state.Servers.Select(server => (server.Server, server.LastSuccess)));
    }

    private static PublisherState Refresh(PublisherState state, int minute, params EvaluatedResponse[] responses) =>
        RefreshMerge.Apply(state, Build.Issuer(), responses, PublisherFixture.Settings, start.AddMinutes(minute), start.AddMinutes(minute));

    private static EvaluatedResponse Accepted(string server) => EvaluatedResponse.Of(
        Build.Issuer(),
        server,
        Build.Utf8($$"""{"issuer":"{{Build.Url}}","jwks_uri":"x","response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"]}"""),
        Build.Utf8(spaced),
        maxAge: null);

    private static EvaluatedResponse Rejected(string server, params string[] rules) =>
        EvaluatedResponse.Rejected(server, [.. rules.Select(rule => Finding.Error(rule, $"server {server}: {rule}", "hint"))]);

    private static string Text(KeySet keys) => Encoding.UTF8.GetString(keys.Bytes.Span);
}
