using System.Text.Json;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Tests.Checking;

public sealed class ReportTests
{
    private static readonly DateTimeOffset now = DateTimeOffset.Parse("2026-11-28T12:00:00Z");

    [Fact]
    public void Says_the_verdict_first_and_one_cause_once() => Assert.Equal(
        """
        ✗ Microsoft Entra ID would reject tokens of https://oidc.example.com
        Checked from this machine (laptop) at 2026-11-28 12:00:00 UTC

          ✓ DNS          203.0.113.7
          ✗ TCP          203.0.113.7:443 refused the connection
          – TLS, discovery, keys, caching: not checked (no connection)

        ✗ Nothing accepts connections on the host and port of the issuer. [tcp-failed]
            Found      203.0.113.7:443 refused the connection
            Response   AADSTS50166: Request to External OIDC endpoint failed (sometimes
                       AADSTS501661 or AADSTS90061)
            Fix        open port 443 in the firewall and forward it to the gateway
            More       docs/troubleshooting/findings.md#tcp-failed

        Not checked: token (--token), API servers (--upstream), exchange (--exchange)
        Result: 1 error
        """,
        Text(Closed()));

    [Fact]
    public void Prints_only_problems_when_it_is_to_be_quiet()
    {
        Assert.StartsWith("✗ Nothing accepts connections", Text(Closed(), isQuiet: true), StringComparison.Ordinal);
        Assert.EndsWith("Result: 1 error", Text(Closed(), isQuiet: true), StringComparison.Ordinal);
        Assert.Equal("", Text(Report([Passed("dns", "203.0.113.7")]), isQuiet: true));
    }

    /// <summary>One rule is one problem, in the text and in JSON, whatever it found for whom.</summary>
    [Fact]
    public void Counts_the_same_in_both_forms()
    {
        CheckReport report = Report([Step("token", ["entra"], "token-expired", "a"), Step("token", ["entra"], "token-expired", "b"), Step("token", ["entra"], "token-newline", "a"), Step("token", ["entra"], "token-newline", "b")]);
        using JsonDocument json = JsonDocument.Parse(JsonReport.Of(report, "laptop"));

        Assert.EndsWith("Result: 1 error, 1 warning", Text(report), StringComparison.Ordinal);
        Assert.Equal((1, 1, false), (json.RootElement.GetProperty("errors").GetInt32(), json.RootElement.GetProperty("warnings").GetInt32(), json.RootElement.GetProperty("ok").GetBoolean()));
    }

    [Fact]
    public void Says_which_party_would_do_what() => Assert.StartsWith(
        """
        ✓ Microsoft Entra ID would accept tokens
        ✗ AWS IAM would reject tokens
        Issuer: https://oidc.example.com
        Checked from this machine (laptop) at 2026-11-28 12:00:00 UTC
        """,
        Text(Report([Step("jwks", ["entra", "aws"], "key-ops", "kid \"a\"")], "entra", "aws")), StringComparison.Ordinal);

    [Fact]
    public void Says_for_whom_what_was_found_where_that_differs() => Assert.Contains(
        """
            Found      aws: aud is "a"; expected "b"
            Found      entra: aud is "a"; expected "c"
        """,
        Text(Report([Step("token", ["aws"], "token-audience", "aud is \"a\"; expected \"b\""), Step("token", ["entra"], "token-audience", "aud is \"a\"; expected \"c\"")], "entra", "aws")), StringComparison.Ordinal);

    [Fact]
    public void Breaks_a_long_list_of_parties() => Assert.Contains(
        """
            entra, aws, google, vault, openbao, kubernetes, generic, anthropic, openai,
                       snowflake, databricks, keycloak: not recorded

        """,
        Text(Report([Step("jwks", [.. RelyingParty.Ids], "private-key", "x")], [.. RelyingParty.Ids])), StringComparison.Ordinal);

    [Fact]
    public void Puts_commands_behind_a_sentence_on_lines_that_can_be_copied()
    {
        Assert.Contains(
            """
                Fix        assign the groups to the enterprise application, then:
                           az ad app update --id 11111111-2222-3333-4444-555555555555 \
                           --set groupMembershipClaims=ApplicationGroup

            """,
            Text(Report([Step("token", ["entra"], "groups-claim-overage", "x", "assign the groups to the enterprise application, then: az ad app update --id 11111111-2222-3333-4444-555555555555 --set groupMembershipClaims=ApplicationGroup")])), StringComparison.Ordinal);
        Assert.Contains(
            """
                Fix        compare:
                           curl -s \
                           https://oidc.example.com/.well-known/openid-configuration
                           kubectl get --raw /.well-known/openid-configuration

            """,
            Text(Report([Step("discovery", ["entra"], "discovery-malformed", "x", "compare: curl -s https://oidc.example.com/.well-known/openid-configuration; kubectl get --raw /.well-known/openid-configuration")])), StringComparison.Ordinal);
        Assert.Contains("    Fix        to investigate: curl -v https://oidc.example.com\n", Text(Report([Step("discovery", ["entra"], "http-failed", "x", "to investigate: curl -v https://oidc.example.com")])), StringComparison.Ordinal);
    }

    [Fact]
    public void Promises_nothing_where_a_party_s_response_is_not_known() => Assert.StartsWith(
        "✗ Microsoft Entra ID might reject tokens of https://oidc.example.com", Text(Report([Step("discovery", ["entra"], "http-redirect", "x")])), StringComparison.Ordinal);

    [Fact]
    public void Promises_nothing_when_a_step_could_not_run() => Assert.StartsWith(
        "! Microsoft Entra ID: no verdict on https://oidc.example.com, because not every", Text(Report([StepReport.Skipped("jwks", "no keys")])), StringComparison.Ordinal);

    [Fact]
    public void Marks_a_rule_that_was_read_over_a_year_ago() =>
        Assert.Contains("(read over a", Text(Closed() with { At = now.AddDays(366) }), StringComparison.Ordinal);

    [Fact]
    public void Breaks_no_word_and_no_line_beyond_80_columns_that_has_a_space() =>
        Assert.All(Text(Closed()).Split('\n'), line => Assert.True(line.Length <= 80 || !line.Trim().Contains(' '), line));

    [Fact]
    public void Has_a_versioned_JSON_shape() => Assert.Equal(
        """
        {
          "version": 2,
          "issuer": "https://oidc.example.com",
          "checkedFrom": "laptop",
          "checkedAt": "2026-11-28T12:00:00+00:00",
          "ok": false,
          "errors": 1,
          "warnings": 0,
          "profiles": [
            {
              "id": "entra",
              "name": "Microsoft Entra ID",
              "verdict": "rejects",
              "unknown": null
            }
          ],
          "notes": [],
          "steps": [
            {
              "step": "tcp",
              "outcome": "failed",
              "milliseconds": 0,
              "summary": "203.0.113.7:443 refused the connection",
              "findings": [
                {
                  "id": "tcp-failed",
                  "severity": "error",
                  "cause": "Nothing accepts connections on the host and port of the issuer.",
                  "found": "203.0.113.7:443 refused the connection",
                  "expected": "a connection",
                  "fix": "open port 443 in the firewall and forward it to the gateway",
                  "link": "docs/troubleshooting/findings.md#tcp-failed",
                  "responses": [
                    {
                      "profile": "entra",
                      "severity": "error",
                      "response": "AADSTS50166: Request to External OIDC endpoint failed (sometimes AADSTS501661 or AADSTS90061)",
                      "evidence": "documented",
                      "responseEvidence": "documented",
                      "source": "learn.microsoft.com/entra/workload-id and public error reports",
                      "read": "2026-11-28",
                      "outdated": false
                    }
                  ]
                }
              ]
            }
          ]
        }
        """,
        JsonReport.Of(Closed() with { Steps = [Closed().Steps[1]] }, "laptop"));

    [Fact]
    public void Lists_every_rule_for_every_party()
    {
        using JsonDocument json = JsonDocument.Parse(RuleListing.Json(RelyingParty.All, now));
        string[] lines = [.. RuleListing.Lines(RelyingParty.All, now)];
        string text = string.Join('\n', lines).Replace("\n      ", " ", StringComparison.Ordinal);

        Assert.Equal(RuleTable.All.Count, json.RootElement.GetProperty("rules").GetArrayLength());
        Assert.All(json.RootElement.GetProperty("rules").EnumerateArray(), rule => Assert.Equal(RelyingParty.All.Count, rule.GetProperty("parties").GetArrayLength()));
        Assert.All(RuleTable.All, rule => Assert.Contains($"{rule.Id} ({rule.Step})\n", text, StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Length > 80);
        Assert.Contains("  aws: error: InvalidIdentityToken: Couldn't retrieve verification key from your identity provider (observed, jenkinsci/oidc-provider-plugin#205, 2026-11-28)", text, StringComparison.Ordinal);
    }

    private static CheckReport Closed() => Report(
    [
        Passed("dns", "203.0.113.7"),
        Step("tcp", ["entra"], "tcp-failed", "203.0.113.7:443 refused the connection", "open port 443 in the firewall and forward it to the gateway"),
        StepReport.Skipped("tls", "no connection"), StepReport.Skipped("discovery", "no connection"), StepReport.Skipped("jwks", "no connection"), StepReport.Skipped("caching", "no connection"),
        StepReport.NotRequested("token", "--token"), StepReport.NotRequested("upstream", "--upstream"), StepReport.NotRequested("exchange", "--exchange"),
    ]);

    private static CheckReport Report(IReadOnlyList<StepReport> steps, params string[] parties) => new()
    {
        Issuer = "https://oidc.example.com",
        Parties = [.. (parties.Length == 0 ? ["entra"] : parties).Select(id => RelyingParty.Find(id)!)],
        Steps = steps,
        At = now,
    };

    private static StepReport Passed(string step, string summary) => new(step, StepOutcome.Passed, TimeSpan.Zero, summary, []);

    /// <summary>Nobody stated the audience that is registered, so that the verdict depends on it.</summary>
    [Theory]
    [InlineData("keycloak", true)]
    [InlineData("vault", true)]
    [InlineData("vault", false)]
    public void Says_on_which_audience_a_verdict_depends(string id, bool isOpen)
    {
        RelyingParty party = RelyingParty.Find(id)!;
        CheckReport report = new()
        {
            Issuer = "https://issuer.example.test",
            Parties = [party],
            Steps = [new StepReport("token", StepOutcome.Passed, TimeSpan.Zero, "", []) { Token = "token.jwt", ValidatedBy = [id] }],
            At = DateTimeOffset.UnixEpoch,
            WithoutAudience = isOpen ? [id] : [],
        };

        Assert.Equal(isOpen, string.Join(' ', new TextReport(report, isQuiet: false, "laptop").Lines().Select(line => line.Trim())).Contains(", if aud is the registered audience", StringComparison.Ordinal));
        Assert.Equal(isOpen, JsonReport.Of(report, "laptop").Contains($"as {id} the token is accepted if aud is the registered audience", StringComparison.Ordinal));
    }

    /// <summary>What is wrong with a token or its registration says nothing of other tokens; what is wrong with the issuer does.</summary>
    [Theory]
    [InlineData("exchange", "exchange-refused", "Microsoft Entra ID would reject the token of")]
    [InlineData("token", "token-algorithm", "Microsoft Entra ID would reject the token of")]
    [InlineData("jwks", "no-usable-key", "Microsoft Entra ID would reject tokens of")]
    public void Says_whether_all_tokens_are_concerned(string step, string rule, string verdict)
    {
        StepReport token = new("token", StepOutcome.Passed, TimeSpan.Zero, "", []) { Token = "token.jwt", ValidatedBy = ["entra"] };

        Assert.Contains(verdict, Text(Report([token, Step(step, ["entra"], rule, "as found")])), StringComparison.Ordinal);
    }

    private static StepReport Step(string step, string[] parties, string rule, string found, string? fix = null)
    {
        StepBuilder builder = new(step, [.. parties.Select(id => RelyingParty.Find(id)!)], TimeProvider.System);
        builder.Report(rule, found, fix);
        return builder.Done(found) with { Elapsed = TimeSpan.Zero };
    }

    private static string Text(CheckReport report, bool isQuiet = false) => string.Join('\n', new TextReport(report, isQuiet, "laptop").Lines());
}
