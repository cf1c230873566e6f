using System.Globalization;
using System.Text;
using IssuerGateway.Demo.RelyingParty;
using IssuerGateway.Demo.StandIn;
using IssuerGateway.Issuers;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.Protocols;

namespace IssuerGateway.Tests.Demo;

public sealed class StrictRelyingPartyTests
{
    private const string Issuer = "https://issuer.example.test";
    private const string Subject = "system:serviceaccount:default:azure-demo";
    private const string ExchangeAudience = "api://AzureADTokenExchange";

    private static readonly ServiceAccountKey key = ServiceAccountKey.Create();
    private static readonly ServiceAccountKey elliptic = ServiceAccountKey.Create(SigningAlgorithm.ES256);

    // Within the hour in which the recorded tokens were good.
    private readonly FakeTimeProvider time = new(DateTimeOffset.FromUnixTimeSeconds(1795472200));

    [Theory]
    [InlineData("token-azure-demo-exchange-audience", "jwks-one-rsa", ExchangeAudience)]
    [InlineData("token-azure-demo-exchange-audience", "jwks-two-rsa-one-ec", ExchangeAudience)]
    [InlineData("token-azure-demo-default-audience", "jwks-two-rsa-rotated", Issuer)]
    [InlineData("token-azure-demo-signed-by-second-key", "jwks-two-rsa-rotated", ExchangeAudience)]
    [InlineData("token-azure-demo-signed-by-second-key", "jwks-two-rsa-one-ec", ExchangeAudience)]
    public async Task Accepts_recorded_tokens_by_the_recorded_keys(string token, string keys, string audience)
    {
        Verdict verdict = await ValidateAsync(Recorded.Token(token), Encoding.UTF8.GetString(Recorded.Body(keys)), new(Issuer, Subject, audience));

        Assert.Equal("accepted", verdict.ToString());
        Assert.Equal(token.EndsWith("second-key", StringComparison.Ordinal) ? "UN9Oqr8ig7nw1YNNIrFGma2uSQ7CojgKl_Jrkpk5AVE" : "F5FYFiZjrNXR5MtJoHMaJPF8RmXF8yovARSLlOHYc2o", verdict.KeyId);
    }

    [Theory]
    [InlineData("{{")]
    [InlineData("a.b")]
    [InlineData("")]
    public async Task Rejects_what_is_no_token(string token)
    {
        Assert.Equal("rejected: the token is no compact JWS", (await ValidateAsync(token)).ToString());
    }

    [Theory]
    [InlineData(Issuer + "/", Subject, ExchangeAudience, "rejected: iss \"https://issuer.example.test\", expected \"https://issuer.example.test/\"")]
    [InlineData("https://ISSUER.example.test", Subject, ExchangeAudience, "rejected: iss \"https://issuer.example.test\", expected \"https://ISSUER.example.test\"")]
    [InlineData(Issuer, "system:serviceaccount:default:Azure-demo", ExchangeAudience, "rejected: sub \"system:serviceaccount:default:azure-demo\", expected \"system:serviceaccount:default:Azure-demo\"")]
    [InlineData(Issuer, Subject, "api://azureadtokenexchange", "rejected: aud \"api://AzureADTokenExchange\", expected \"api://azureadtokenexchange\"")]
    public async Task Compares_issuer_subject_and_audience_ordinally_before_it_requests_keys(string issuer, string subject, string audience, string expected)
    {
        StrictRelyingParty party = new(new FederatedCredential(issuer, subject, audience), new NoDocuments(), time);

        Assert.Equal(expected, (await party.ValidateAsync(Recorded.Token("token-azure-demo-exchange-audience"))).ToString());
    }

    [Theory]
    [InlineData("""{"alg":"RS256","kid":"KID"}""", "", "accepted")]
    [InlineData("""{"alg":"RS256","kid":"KID","typ":"JWT"}""", "", "accepted")]
    [InlineData("""{"alg":"RS256","kid":"KID","typ":"at+jwt"}""", "", "rejected: typ \"at+jwt\", expected none or \"JWT\"")]
    [InlineData("""{"alg":"RS256"}""", "", "rejected: no kid")]
    [InlineData("""{"alg":"none","kid":"KID"}""", "", "rejected: alg \"none\", only RS256 is supported")]
    [InlineData("""{"alg":"RS256","kid":"other"}""", "", "rejected: its signing key is not among the published keys")]
    [InlineData("""{"alg":"RS256","kid":"KID"}""", "aud two", "rejected: aud \"2 audiences\", expected \"api://AzureADTokenExchange\"")]
    [InlineData("""{"alg":"RS256","kid":"KID"}""", "no iat", "rejected: iat or exp missing")]
    [InlineData("""{"alg":"RS256","kid":"KID"}""", "25 h", "accepted")]
    [InlineData("""{"alg":"RS256","kid":"KID"}""", "26 h", "rejected: valid for 26 h, at most 25 h")]
    public async Task Holds_a_token_to_the_documented_rules(string header, string change, string expected)
    {
        long now = time.GetUtcNow().ToUnixTimeSeconds();
        string audience = change == "aud two" ? $"""["{ExchangeAudience}","other"]""" : $"""["{ExchangeAudience}"]""";
        string issued = change == "no iat" ? "" : string.Create(CultureInfo.InvariantCulture, $"\"iat\":{now},");
        long expires = now + (change switch { "25 h" => 25 * 3600, "26 h" => 26 * 3600, _ => 3600 });
        string claims = $$"""{"aud":{{audience}},"exp":{{expires}},{{issued}}"iss":"{{Issuer}}","nbf":{{now}},"sub":"{{Subject}}"}""";

        string token = TokenMint.Sign(key, header.Replace("KID", key.KeyId), claims);

        Assert.Equal(expected, (await ValidateAsync(token, ApiDocuments.KeySet([key]))).ToString());
    }

    [Fact]
    public async Task Rejects_a_token_signed_by_another_algorithm_although_its_key_is_published()
    {
        Assert.Equal("rejected: alg \"ES256\", only RS256 is supported", (await ValidateAsync(Mint(elliptic), ApiDocuments.KeySet([elliptic]))).ToString());
    }

    [Fact]
    public async Task Rejects_an_altered_token()
    {
        string token = Mint(key);
        string altered = $"{token[..^10]}{(token[^10] == 'A' ? 'B' : 'A')}{token[^9..]}";

        Assert.Equal("rejected: its signature is invalid", (await ValidateAsync(altered, ApiDocuments.KeySet([key]))).ToString());
    }

    [Theory]
    [InlineData(-1, "rejected: not within its time")]
    [InlineData(0, "accepted")]
    [InlineData(3599, "accepted")]
    [InlineData(3600, "rejected: not within its time")]
    public async Task Takes_a_token_within_its_time_only(int secondsLater, string expected)
    {
        string token = Mint(key);
        FakeTimeProvider later = new(time.GetUtcNow().AddSeconds(secondsLater));
        StrictRelyingParty party = new(new(Issuer, Subject, ExchangeAudience), new Documents(DiscoveryDocument(Issuer), ApiDocuments.KeySet([key])), later);

        Assert.Equal(expected, (await party.ValidateAsync(token)).ToString());
    }

    [Theory]
    [InlineData(1, "accepted")]
    [InlineData(100, "accepted")]
    [InlineData(101, "rejected: 101 published keys, expected 1 to 100")]
    [InlineData(0, "rejected: 0 published keys, expected 1 to 100")]
    public async Task Takes_no_more_keys_than_it_stores(int count, string expected)
    {
        string keys = ApiDocuments.KeySetOf(Enumerable.Range(0, count).Select(i => i == 0 ? key.Jwk : elliptic.JwkUnder(string.Create(CultureInfo.InvariantCulture, $"k{i}"))));

        Assert.Equal(expected, (await ValidateAsync(Mint(key), keys)).ToString());
    }

    [Fact]
    public async Task Rejects_documents_of_another_issuer()
    {
        StrictRelyingParty party = new(new(Issuer, Subject, ExchangeAudience), new Documents(DiscoveryDocument(Issuer + "/"), ApiDocuments.KeySet([key])), time);

        Assert.Equal("rejected: the discovery document names issuer \"https://issuer.example.test/\", expected \"https://issuer.example.test\"", (await party.ValidateAsync(Mint(key))).ToString());
    }

    [Fact]
    public async Task Says_why_documents_could_not_be_had()
    {
        StrictRelyingParty party = new(new(Issuer, Subject, ExchangeAudience), new NoDocuments(), time);

        Assert.Equal("rejected: the documents could not be fetched: nobody there", (await party.ValidateAsync(Mint(key))).ToString());
    }

    [Fact]
    public async Task Removes_one_slash_of_the_issuer_before_the_well_known_suffix()
    {
        const string issuer = Issuer + "/clusters/a/";
        string token = TokenMint.Mint(key, issuer, new ServiceAccount("default", "azure-demo", Guid.Empty), [ExchangeAudience], time.GetUtcNow(), TimeSpan.FromHours(1)).Text;
        Documents documents = new(DiscoveryDocument(issuer), ApiDocuments.KeySet([key]));

        Verdict verdict = await new StrictRelyingParty(new(issuer, Subject, ExchangeAudience), documents, time).ValidateAsync(token);

        Assert.Equal("accepted", verdict.ToString());
        Assert.Equal([Issuer + "/clusters/a/.well-known/openid-configuration", Issuer + "/openid/v1/jwks"], documents.Requested);
    }

    private string Mint(ServiceAccountKey by) =>
        TokenMint.Mint(by, Issuer, new ServiceAccount("default", "azure-demo", Guid.Empty), [ExchangeAudience], time.GetUtcNow(), TimeSpan.FromHours(1)).Text;

    private Task<Verdict> ValidateAsync(string token, string keys = "{\"keys\":[]}", FederatedCredential? credential = null) =>
        new StrictRelyingParty(credential ?? new(Issuer, Subject, ExchangeAudience), new Documents(DiscoveryDocument(Issuer), keys), time).ValidateAsync(token);

    private static string DiscoveryDocument(string issuer) =>
        Encoding.UTF8.GetString(Recorded.Body("discovery-public-jwks-uri-rs256-es256")).Replace($"\"issuer\":\"{Issuer}\"", $"\"issuer\":\"{issuer}\"");

    private sealed class Documents(string discovery, string keys) : IDocumentRetriever
    {
        public List<string> Requested { get; } = [];

        public Task<string> GetDocumentAsync(string address, CancellationToken cancel)
        {
            Requested.Add(address);
            return Task.FromResult(address.EndsWith("/openid-configuration", StringComparison.Ordinal) ? discovery : keys);
        }
    }

    private sealed class NoDocuments : IDocumentRetriever
    {
        public Task<string> GetDocumentAsync(string address, CancellationToken cancel) => throw new IOException("nobody there");
    }
}
