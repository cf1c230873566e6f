using IssuerGateway.Checking;
using IssuerGateway.Issuers;

namespace IssuerGateway.Tests.Checking;

public sealed class ReportTests
{
    private static readonly CheckReport report = new("https://issuer.example.test", ["entra"],
    [
        new StepReport("dns", StepOutcome.Passed, TimeSpan.FromMilliseconds(3), "192.0.2.1", []),
        new StepReport("discovery", StepOutcome.Failed, TimeSpan.FromMilliseconds(12), "https://issuer.example.test/.well-known/openid-configuration",
            [RuleTexts.Finding("issuer-mismatch", Severity.Error, "found", "the fix", [RelyingPartyProfile.Find("entra")!])]),
        new StepReport("caching", StepOutcome.Warned, TimeSpan.Zero, "max-age none and none",
            [RuleTexts.Finding("cache-missing", Severity.Warning, "no max-age", "send it", [RelyingPartyProfile.Find("entra")!])]),
        StepBuilder.Skipped("token", "none given (--token FILE)"),
    ]);

    [Fact]
    public void Reads_as_a_checklist() => Assert.Equal(
        """
        issuer https://issuer.example.test as entra
        ok   dns       192.0.2.1 (3 ms)
        FAIL discovery https://issuer.example.test/.well-known/openid-configuration (12 ms)
            error issuer-mismatch: found
              expected: exactly the issuer that was asked for
              entra: AADSTS700211: no matching federated identity record found for the issuer (older: AADSTS70021)
              fix: the fix
        warn caching   max-age none and none (0 ms)
            warning cache-missing: no max-age
              expected: Cache-Control with max-age
              fix: send it
        skip token     none given (--token FILE)
        1 errors, 1 warnings
        """,
        string.Join('\n', TextReport.Lines(report, colour: false)));

    [Fact]
    public void Has_colour_only_where_asked() =>
        Assert.Equal("\u001b[32mok  \u001b[0m dns       192.0.2.1 (3 ms)", TextReport.Lines(report, colour: true).ElementAt(1));

    [Fact]
    public void Has_a_versioned_JSON_shape() => Assert.Equal(
        """
        {
          "version": 1,
          "issuer": "https://issuer.example.test",
          "profiles": [
            "entra"
          ],
          "ok": false,
          "steps": [
            {
              "step": "caching",
              "outcome": "warned",
              "milliseconds": 0,
              "summary": "max-age none and none",
              "findings": [
                {
                  "rule": "cache-missing",
                  "severity": "warning",
                  "found": "no max-age",
                  "expected": "Cache-Control with max-age",
                  "fix": "send it",
                  "answers": []
                }
              ]
            }
          ]
        }
        """,
        JsonReport.Of(report with { Steps = [report.Steps[2]] }));

    [Fact]
    public void Has_a_text_for_every_rule_of_publishing()
    {
        string[] rules =
        [
            "discovery-malformed", "issuer-missing", "issuer-mismatch", "jwks-uri-missing", "discovery-member-empty", "issuer-long", "issuer-port",
            "issuer-trailing-slash", "key-set-malformed", "key-set-empty", "key-set-too-many", "private-key", "kid-duplicate", "key-malformed", "no-rs256",
            "rsa-short", "key-undescribed", "key-type-unknown", "servers-differ", "kid-conflict",
        ];

        Assert.All(rules, rule => Assert.Contains(rule, RuleTexts.Rules));
    }
}
