using IssuerGateway.Issuers;
using IssuerGateway.Tests.Issuers;
using static IssuerGateway.Tests.Publishing.PublisherFixture;

namespace IssuerGateway.Tests.Publishing;

public sealed class OwnTokenCanaryTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task Is_silent_while_the_own_token_verifies()
    {
        using PublisherFixture gateway = Gateway(Recorded.Token("token-azure-demo-default-audience"));

        await gateway.RefreshAsync(Good(RecordedPair()));

        Assert.Empty(gateway.Publisher.State.Findings);
        Assert.False(gateway.Publisher.CanarySignsUnpublished);
    }

    [Fact]
    public async Task Catches_a_key_that_signs_but_is_not_published_and_its_end()
    {
        using PublisherFixture gateway = Gateway(Recorded.Token("token-azure-demo-signed-by-second-key"));

        await gateway.RefreshAsync(Good(RecordedPair()));
        Finding finding = Assert.Single(gateway.Publisher.State.Findings);
        Assert.Equal(("signing-key-unpublished", "own token: signed by kid \"UN9Oqr8ig7nw1YNNIrFGma2uSQ7CojgKl_Jrkpk5AVE\", which no API server publishes"), (finding.Rule, finding.Message));
        Assert.True(gateway.Publisher.CanarySignsUnpublished);
        Assert.Contains($"issuer_gateway_signing_key_unpublished{{issuer=\"{Build.Url}\"}} 1", await gateway.MetricsAsync(), StringComparison.Ordinal);
        Assert.Contains(gateway.Log.Lines, line => line.StartsWith("Error: Finding signing-key-unpublished ", StringComparison.Ordinal));

        await gateway.RefreshAsync(Good(RecordedPair(keys: "jwks-two-rsa-rotated")));
        Assert.Empty(gateway.Publisher.State.Findings);
        Assert.Contains($"issuer_gateway_signing_key_unpublished{{issuer=\"{Build.Url}\"}} 0", await gateway.MetricsAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("253402300700", "canary-unreadable", "its exp is missing or out of range")]
    [InlineData("1e300", "canary-unreadable", "its exp is missing or out of range")]
    [InlineData("-1", "canary-expired", "expired 1969-12-31 23:59:59Z")]
    [InlineData("null", "canary-unreadable", "its exp is missing or out of range")]
    public async Task Survives_every_exp_and_names_one_that_is_out_of_range(string exp, string rule, string found)
    {
        string token = string.Join('.', new[] { """{"alg":"RS256","kid":"x"}""", $$"""{"iss":"https://issuer.example.test","exp":{{exp}}}""", "sig" }
            .Select(part => System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(part))));
        using PublisherFixture gateway = Gateway(token);

        await gateway.RefreshAsync(Good(RecordedPair()));

        Assert.Contains(gateway.Publisher.State.Findings, finding => finding.Rule == rule && finding.Message.EndsWith(found, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Compares_its_issuer_with_the_configured_one()
    {
        using PublisherFixture gateway = Gateway(Recorded.Token("token-azure-demo-default-audience"), Build.Issuer("https://issuer.example.test/clusters/a"));

        await gateway.RefreshAsync(Good(RecordedPair("discovery-path-issuer")));

        Finding finding = Assert.Single(gateway.Publisher.State.Findings);
        Assert.Equal(("canary-issuer", "own token: path of its iss differs from issuer \"https://issuer.example.test/clusters/a\""), (finding.Rule, finding.Message));
    }

    [Fact]
    public async Task Says_that_the_token_is_not_renewed()
    {
        using PublisherFixture gateway = Gateway(Recorded.Token("token-azure-demo-default-audience"));
        gateway.Time.Jump(TimeSpan.FromDays(2));

        await gateway.RefreshAsync(Good(RecordedPair()));

        Assert.Equal("canary-expired", Assert.Single(gateway.Publisher.State.Findings).Rule);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a token")]
    public async Task Says_that_the_file_holds_no_token(string content)
    {
        using PublisherFixture gateway = Gateway(content);

        await gateway.RefreshAsync(Good(RecordedPair()));

        Assert.Equal("canary-unreadable", Assert.Single(gateway.Publisher.State.Findings).Rule);
        Assert.NotNull(gateway.Body(IssuerGateway.Publishing.DocumentKind.KeySet));
    }

    [Fact]
    public async Task Catches_another_key_under_the_kid_that_signs()
    {
        using PublisherFixture gateway = Gateway(Recorded.Token("token-azure-demo-default-audience"));
        byte[] other = Build.Utf8($$"""{"keys":[{{Build.Rsa("F5FYFiZjrNXR5MtJoHMaJPF8RmXF8yovARSLlOHYc2o")}}]}""");

        await gateway.RefreshAsync(Good(RecordedPair() with { KeySet = other }));

        Assert.Equal("canary-signature", Assert.Single(gateway.Publisher.State.Findings).Rule);
    }

    [Theory]
    [InlineData(true, "Error")]
    [InlineData(false, "Warning")]
    public async Task Says_at_once_that_tokens_are_signed_with_an_algorithm_that_Entra_rejects(bool hasRsaKey, string severity)
    {
        string token = $"{Encode("""{"alg":"ES256","kid":"e"}""")}.{Encode($$"""{"iss":"{{Build.Url}}","exp":1795525200}""")}.AAAA";
        using PublisherFixture gateway = Gateway(token);
        string ec = """{"use":"sig","kty":"EC","kid":"e","crv":"P-256","alg":"ES256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}""";
        byte[] keys = Build.Utf8($$"""{"keys":[{{(hasRsaKey ? Build.Rsa("a") + "," : "")}}{{ec}}]}""");

        await gateway.RefreshAsync(Good(RecordedPair("discovery-public-jwks-uri-rs256-es256") with { KeySet = keys }));

        Finding finding = gateway.Publisher.State.Findings.Single(finding => finding.Rule == "canary-algorithm");
        Assert.Equal((severity, "own token: signed with ES256, and Entra accepts RS256 only (AADSTS5002738)"), (finding.Severity.ToString(), finding.Message));
    }

    [Fact]
    public async Task Recognizes_that_the_signing_key_was_replaced_in_one_step()
    {
        using PublisherFixture gateway = Gateway(Recorded.Token("token-azure-demo-default-audience"));
        await gateway.RefreshAsync(Good(RecordedPair()));
        await File.WriteAllTextAsync(directory.File("token"), Recorded.Token("token-azure-demo-signed-by-second-key"));
        DateTimeOffset since = gateway.Time.GetUtcNow();

        await gateway.RefreshAsync(Bad("unauthorized"));
        gateway.Time.Advance(TimeSpan.FromMinutes(1));
        await gateway.RefreshAsync(Bad("unauthorized"));

        Finding finding = gateway.Publisher.State.Findings.Single(finding => finding.Rule == "signing-key-replaced");
        Assert.Equal(
            $"API servers respond with 401 since {since.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}, and the gateway's own token is signed by kid \"UN9Oqr8ig7nw1YNNIrFGma2uSQ7CojgKl_Jrkpk5AVE\", which is not published: the signing key was replaced in one step",
            finding.Message);
        Assert.DoesNotContain(gateway.Publisher.State.Findings, other => other.Rule == "signing-key-unpublished");
        Assert.Contains($"issuer_gateway_signing_key_unpublished{{issuer=\"{Build.Url}\"}} 1", await gateway.MetricsAsync(), StringComparison.Ordinal);

        await gateway.RefreshAsync(Good(RecordedPair(keys: "jwks-two-rsa-rotated")));
        Assert.Empty(gateway.Publisher.State.Findings);
    }

    private static string Encode(string text) => System.Buffers.Text.Base64Url.EncodeToString(Build.Utf8(text));

    private PublisherFixture Gateway(string token, Issuer? issuer = null)
    {
        File.WriteAllText(directory.File("token"), token);
        PublisherFixture gateway = new(issuer, canaryFile: directory.File("token"));

        // Into the hour in which the recorded tokens are valid.
        gateway.Time.Jump(DateTimeOffset.Parse("2026-11-23T22:30:00Z") - gateway.Time.GetUtcNow());
        return gateway;
    }
}
