using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Tests.Checking;

/// <summary>The table is complete, and says what the facts of the parties say where they differ.</summary>
public sealed class RuleTableTests
{
    [Fact]
    public void Has_unique_ids_that_can_be_anchors() => Assert.All(
        RuleTable.All.GroupBy(rule => rule.Id),
        same => Assert.True(same.Count() == 1 && same.Key.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'), same.Key));

    [Fact]
    public void Has_one_entry_for_each_party_of_each_rule() =>
        Assert.All(RuleTable.All, rule => Assert.Equal(RelyingParty.Ids, rule.Parties.Select(entry => entry.Party)));

    [Fact]
    public void Every_rule_matters_to_somebody() => Assert.All(RuleTable.All, rule => Assert.Contains(rule.Parties, entry => entry.Severity is not null));

    [Fact]
    public void Every_text_is_one_line() => Assert.All(RuleTable.All, rule => Assert.All([rule.Cause, rule.Expected, rule.Fix], text => Assert.True(text.Length is > 3 and < 400 && !text.Contains('\n'), rule.Id)));

    /// <summary>Who is to look needs to know where: a command that shows it, or the page that explains it.</summary>
    [Fact]
    public void Every_fix_that_sends_somebody_to_look_has_a_command() => Assert.DoesNotContain(RuleTable.All, rule => FixText.LacksCommand(rule.Fix));

    [Theory]
    [InlineData("find out what adds them", true)]
    [InlineData("find out what adds them: curl -sI URL", false)]
    [InlineData("check that the URL leads to the gateway", true)]
    [InlineData("compare with the API server", true)]
    [InlineData("compare with the API server: docs/how-to/operate.md", false)]
    [InlineData("remove the repeated --service-account-key-file", false)]
    public void The_search_for_commands_finds_them(string fix, bool lacksCommand) => Assert.Equal(lacksCommand, FixText.LacksCommand(fix));

    /// <summary>From the tables of facts, column by column.</summary>
    [Theory]
    [InlineData("rsa-leading-zero", "aws", "error")]
    [InlineData("rsa-leading-zero", "entra", "warning")]
    [InlineData("rsa-leading-zero", "vault", null)]
    [InlineData("kid-missing", "aws", "error")]
    [InlineData("kid-missing", "google", "error")]
    [InlineData("kid-missing", "entra", "error")]
    [InlineData("kid-missing", "vault", null)]
    [InlineData("kid-missing", "kubernetes", null)]
    [InlineData("token-kid-missing", "google", "error")]
    [InlineData("token-kid-missing", "openbao", null)]
    [InlineData("discovery-member-missing", "aws", "error")]
    [InlineData("discovery-member-missing", "vault", null)]
    [InlineData("discovery-required-empty", "aws", "error")]
    [InlineData("discovery-required-empty", "entra", "error")]
    [InlineData("key-ops", "aws", "error")]
    [InlineData("key-ops", "google", "warning")]
    [InlineData("key-ops", "vault", null)]
    [InlineData("key-use-other", "aws", "error")]
    [InlineData("key-use-other", "kubernetes", null)]
    [InlineData("key-certificate-other", "vault", "error")]
    [InlineData("key-certificate-other", "aws", "error")]
    [InlineData("key-type-unknown", "vault", "error")]
    [InlineData("key-type-unknown", "openbao", "error")]
    [InlineData("key-type-unknown", "kubernetes", "error")]
    [InlineData("key-type-unknown", "entra", "warning")]
    [InlineData("key-malformed", "vault", "error")]
    [InlineData("ec-coordinate-length", "kubernetes", "error")]
    [InlineData("kid-duplicate", "vault", null)]
    [InlineData("kid-duplicate", "aws", "warning")]
    [InlineData("http-redirect", "vault", null)]
    [InlineData("http-redirect", "kubernetes", null)]
    [InlineData("http-redirect", "entra", "error")]
    [InlineData("token-type", "aws", null)]
    [InlineData("token-type", "entra", "error")]
    [InlineData("token-type", "kubernetes", null)]
    [InlineData("content-type", "vault", null)]
    [InlineData("address-foreign", "vault", "warning")]
    [InlineData("address-foreign", "entra", "error")]
    [InlineData("address-private", "kubernetes", null)]
    [InlineData("byte-order-mark", "aws", "error")]
    [InlineData("discovery-algorithms", "vault", null)]
    [InlineData("discovery-algorithms", "openbao", null)]
    [InlineData("discovery-algorithms", "kubernetes", null)]
    [InlineData("discovery-algorithms", "aws", "warning")]
    [InlineData("discovery-algorithms", "entra", "warning")]
    [InlineData("discovery-algorithms", "google", "warning")]
    [InlineData("discovery-algorithms", "generic", "warning")]
    [InlineData("token-claim-case", "vault", "error")]
    [InlineData("token-claim-case", "aws", null)]
    [InlineData("issuer-mismatch", "keycloak", null)]
    [InlineData("key-use-missing", "keycloak", "error")]
    public void Knows_what_a_party_does(string rule, string party, string? severity) =>
        Assert.Equal(severity, RuleTable.Find(rule).For(party).Severity?.ToString().ToLowerInvariant());

    /// <summary>The marks of the same tables: how well it is known that the party does so.</summary>
    [Theory]
    [InlineData("issuer-port", "aws", Evidence.Documented)]
    [InlineData("issuer-port", "vault", Evidence.SourceRead)]
    [InlineData("issuer-port", "kubernetes", Evidence.SourceRead)]
    [InlineData("issuer-port-default", "aws", Evidence.Unconfirmed)]
    [InlineData("issuer-port-default", "google", Evidence.Documented)]
    [InlineData("issuer-trailing-slash", "entra", Evidence.Documented)]
    [InlineData("issuer-trailing-slash", "aws", Evidence.Observed)]
    [InlineData("issuer-trailing-slash", "google", Evidence.Documented)]
    [InlineData("issuer-trailing-slash", "kubernetes", Evidence.SourceRead)]
    [InlineData("issuer-missing", "google", Evidence.Documented)]
    [InlineData("no-usable-key", "databricks", Evidence.Documented)]
    [InlineData("issuer-mismatch", "aws", Evidence.Unconfirmed)]
    [InlineData("issuer-mismatch", "google", Evidence.Observed)]
    [InlineData("http-redirect", "aws", Evidence.Unconfirmed)]
    [InlineData("http-redirect", "google", Evidence.Unconfirmed)]
    [InlineData("http-redirect", "vault", Evidence.SourceRead)]
    [InlineData("content-type", "kubernetes", Evidence.SourceRead)]
    [InlineData("content-length-missing", "entra", Evidence.Unconfirmed)]
    [InlineData("byte-order-mark", "aws", Evidence.Observed)]
    [InlineData("byte-order-mark", "google", Evidence.Unconfirmed)]
    [InlineData("byte-order-mark", "vault", Evidence.SourceRead)]
    [InlineData("discovery-member-missing", "aws", Evidence.Observed)]
    [InlineData("discovery-member-missing", "google", Evidence.Unconfirmed)]
    [InlineData("discovery-required-empty", "aws", Evidence.Unconfirmed)]
    [InlineData("discovery-required-empty", "entra", Evidence.Observed)]
    [InlineData("cache-long", "entra", Evidence.Unconfirmed)]
    [InlineData("cache-long", "aws", Evidence.Unconfirmed)]
    [InlineData("cache-long", "vault", Evidence.SourceRead)]
    [InlineData("kid-missing", "aws", Evidence.Observed)]
    [InlineData("kid-missing", "google", Evidence.Documented)]
    [InlineData("kid-missing", "openbao", Evidence.SourceRead)]
    [InlineData("kid-duplicate", "aws", Evidence.Observed)]
    [InlineData("kid-duplicate", "google", Evidence.Unconfirmed)]
    [InlineData("kid-duplicate", "kubernetes", Evidence.SourceRead)]
    [InlineData("kid-duplicate", "keycloak", Evidence.SourceRead)]
    [InlineData("key-alg-missing", "aws", Evidence.Observed)]
    [InlineData("key-use-other", "aws", Evidence.Observed)]
    [InlineData("key-use-missing", "keycloak", Evidence.SourceRead)]
    [InlineData("key-ops", "aws", Evidence.Observed)]
    [InlineData("key-ops", "google", Evidence.Documented)]
    [InlineData("key-ops", "vault", Evidence.SourceRead)]
    [InlineData("key-certificate", "aws", Evidence.Observed)]
    [InlineData("key-certificate", "google", Evidence.Documented)]
    [InlineData("key-certificate", "vault", Evidence.SourceRead)]
    [InlineData("key-certificate-other", "aws", Evidence.Observed)]
    [InlineData("key-certificate-other", "kubernetes", Evidence.SourceRead)]
    [InlineData("key-type-unknown", "aws", Evidence.Unconfirmed)]
    [InlineData("key-type-unknown", "google", Evidence.Documented)]
    [InlineData("key-type-unknown", "vault", Evidence.SourceRead)]
    [InlineData("rsa-leading-zero", "aws", Evidence.Observed)]
    [InlineData("rsa-leading-zero", "google", Evidence.Unconfirmed)]
    [InlineData("rsa-leading-zero", "kubernetes", Evidence.SourceRead)]
    [InlineData("ec-coordinate-length", "aws", Evidence.Unconfirmed)]
    [InlineData("ec-coordinate-length", "vault", Evidence.SourceRead)]
    [InlineData("key-set-too-many", "aws", Evidence.Documented)]
    [InlineData("key-set-too-many", "google", Evidence.Unconfirmed)]
    [InlineData("token-type", "entra", Evidence.Observed)]
    [InlineData("token-type", "aws", Evidence.Observed)]
    [InlineData("token-type", "vault", Evidence.SourceRead)]
    [InlineData("token-type", "google", Evidence.Unconfirmed)]
    [InlineData("token-critical", "aws", Evidence.Observed)]
    [InlineData("token-critical", "google", Evidence.Unconfirmed)]
    [InlineData("token-long", "aws", Evidence.Documented)]
    [InlineData("token-algorithm", "google", Evidence.Documented)]
    [InlineData("token-algorithm", "databricks", Evidence.Documented)]
    [InlineData("token-algorithm", "anthropic", Evidence.Unconfirmed)]
    [InlineData("token-kid-missing", "google", Evidence.Documented)]
    [InlineData("token-audience", "google", Evidence.Documented)]
    [InlineData("token-audience", "keycloak", Evidence.SourceRead)]
    [InlineData("token-subject", "google", Evidence.Documented)]
    [InlineData("token-subject-long", "aws", Evidence.Observed)]
    [InlineData("token-subject-long", "google", Evidence.Documented)]
    [InlineData("token-claim-missing", "anthropic", Evidence.Documented)]
    [InlineData("token-time-fraction", "aws", Evidence.Observed)]
    [InlineData("token-claim-case", "openbao", Evidence.SourceRead)]
    [InlineData("token-lifetime", "entra", Evidence.Observed)]
    [InlineData("token-lifetime", "aws", Evidence.Observed)]
    [InlineData("token-lifetime", "google", Evidence.Documented)]
    [InlineData("token-lifetime", "vault", Evidence.SourceRead)]
    [InlineData("token-lifetime", "openbao", Evidence.SourceRead)]
    [InlineData("token-lifetime", "kubernetes", Evidence.SourceRead)]
    [InlineData("token-lifetime", "keycloak", Evidence.SourceRead)]
    [InlineData("token-expired", "keycloak", Evidence.SourceRead)]
    [InlineData("token-early", "google", Evidence.Documented)]
    [InlineData("token-signature", "google", Evidence.Documented)]
    public void Knows_how_well_it_is_known(string rule, string party, Evidence evidence) => Assert.Equal(evidence, RuleTable.Find(rule).For(party).Evidence);

    [Theory]
    [InlineData("token-audience", Evidence.Unconfirmed)]
    [InlineData("token-signature", Evidence.Unconfirmed)]
    [InlineData("token-expired", Evidence.Observed)]
    [InlineData("token-lifetime", null)]
    public void Knows_how_well_the_words_of_Google_are_known(string rule, Evidence? evidence) => Assert.Equal(evidence, RuleTable.Find(rule).For("google").ResponseEvidence);

    [Fact]
    public void Knows_what_is_old()
    {
        RuleSource source = new("x", new DateOnly(2026, 11, 28));

        Assert.False(source.IsOutdated(DateTimeOffset.Parse("2027-11-28T00:00:00Z")));
        Assert.True(source.IsOutdated(DateTimeOffset.Parse("2027-11-29T00:00:00Z")));
    }

    [Fact]
    public void Severity_of_a_warning_is_below_that_of_an_error() => Assert.True(Severity.Warning < Severity.Error);
}
