using System.Text;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing.Keys;
using IssuerGateway.Publishing.Reporting;
using IssuerGateway.Tests.Issuers;

namespace IssuerGateway.Tests.Publishing;

/// <summary>What is said of servers, and of the documents that are made of their responses.</summary>
public sealed class ServerFindingsTests
{
    private static readonly DateTimeOffset start = DateTimeOffset.Parse("2026-11-24T12:00:00Z");

    /// <summary>Server 3 has no finding and does not share that of the others, so it concerns those two only.</summary>
    [Fact]
    public void Names_the_servers_of_a_finding_unless_all_that_respond_have_it()
    {
        EvaluatedResponse one = Accepted("1") with { Findings = [Finding.Warning("rule", "text", "hint")] };
        EvaluatedResponse two = one with { Server = "2" };

        Assert.Equal(["server 1, 2: text"], Messages(one, two, Accepted("3")));
        Assert.Equal(["text", "fault"], Messages(one, two, EvaluatedResponse.Rejected("3", [Finding.Error("fetch-timeout", "fault", "hint")])));

        static IEnumerable<string> Messages(params EvaluatedResponse[] responses) => ServerFindings.Of(Build.Issuer(), responses).Select(finding => finding.Message);
    }

    [Fact]
    public void One_finding_a_server_names_the_first_of_its_withheld_keys()
    {
        KeySource sends = KeySource.New(Build.Keys(Build.Rsa("a")).Keys[0], start);
        TrackedKey[] withheld = [Withheld("x", ("2", sends)), Withheld("y", ("1", sends), ("2", sends), ("3", sends.Unresponsive(start)))];

        Assert.Equal(["server 1: sends kid \"y\"", "server 2: sends kid \"x\""], UnionFindings.Withheld(withheld).Select(finding => finding.Message.Split(" in ")[0]));

        static TrackedKey Withheld(string kid, params (string, KeySource)[] sources) =>
            new(Build.Keys(Build.Rsa(kid)).Keys[0], TrackedKey.NoSources.AddRange(sources.Select(each => KeyValuePair.Create(each.Item1, each.Item2))));
    }

    [Theory]
    [InlineData(5, "\"m1\", \"m2\", \"m3\", \"m4\", \"m5\"")]
    [InlineData(6, "\"m1\", \"m2\", \"m3\", \"m4\", \"m5\" and further members")]
    public void Names_at_most_five_members_that_differ(int members, string named)
    {
        DiscoveryDocument published = Accepted("1").Discovery!;
        string others = string.Concat(Enumerable.Range(1, members).Select(i => $",\"m{i}\":1"));
        EvaluatedResponse response = Accepted("1") with { Discovery = Build.Discovery(Encoding.UTF8.GetString(published.Bytes.Span).Replace("}", $"{others}}}", StringComparison.Ordinal)) };

        Finding finding = Assert.Single(UnionFindings.Discovery([response], published, Build.Keys(Build.Rsa("a")).Keys));

        Assert.Equal($"server 1: its discovery document differs from what is published in {named}", finding.Message);
    }

    private static EvaluatedResponse Accepted(string server) => EvaluatedResponse.Of(
        Build.Issuer(),
        server,
        Build.Utf8($$"""{"issuer":"{{Build.Url}}","jwks_uri":"x","response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"]}"""),
        Build.Utf8($"{{\"keys\":[{Build.Rsa("a")}]}}"),
        maxAge: null);
}
