using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Acme;
using IssuerGateway.Acme.Signing;
using Microsoft.Extensions.Time.Testing;

namespace IssuerGateway.Tests.Acme;

public sealed class ProtocolTests
{
    [Fact]
    public void Names_a_certificate_as_the_example_of_RFC_9773_does()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=x", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(
            new X509SubjectKeyIdentifierExtension(Convert.FromHexString("69885B6B87464041E1B37B847BA0AE2CDE01C8D4"), false)));
        using X509Certificate2 certificate = request.Create(new X500DistinguishedName("CN=y"), X509SignatureGenerator.CreateForECDsa(key),
            DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1), Convert.FromHexString("0087654321"));

        Assert.Equal("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE", CertificateIdentifier.Of(certificate));
    }

    [Fact]
    public void Has_no_name_for_a_certificate_without_an_authority_key_identifier()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1));

        Assert.Null(CertificateIdentifier.Of(certificate));
    }

    [Fact]
    public void Has_no_name_for_a_certificate_whose_authority_key_identifier_cannot_be_read()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=x", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509Extension("2.5.29.35", [0x30, 0x05, 0x01, 0x02], critical: false));
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1));

        Assert.Null(CertificateIdentifier.Of(certificate));
    }

    [Theory]
    [InlineData("""{"newNonce":"https://ca/n","newAccount":"https://ca/a","newOrder":"https://ca/o"}""", true)]
    [InlineData("""{"newNonce":"https://ca/n","newAccount":"https://ca/a","newOrder":"https://ca/o","meta":{}}""", true)]
    [InlineData("""{"newNonce":"http://ca/n","newAccount":"https://ca/a","newOrder":"https://ca/o"}""", false)]
    [InlineData("""{"newNonce":"/n","newAccount":"https://ca/a","newOrder":"https://ca/o"}""", false)]
    [InlineData("""{"newNonce":null,"newAccount":"https://ca/a","newOrder":"https://ca/o"}""", false)]
    [InlineData("""{"newNonce":"file:///etc/passwd","newAccount":"https://ca/a","newOrder":"https://ca/o"}""", false)]
    public void Takes_a_directory_of_https_URLs_with_or_without_meta(string json, bool isOne)
    {
        Uri url = new("https://ca/directory");

        AcmeResult<AcmeDirectory> directory = AcmeConnection.Parse(new AcmeResponse(System.Text.Encoding.UTF8.GetBytes(json), null, null, [], null), url, AcmeJson.Default.AcmeDirectory);

        Assert.Equal(isOne, directory.IsSuccess);
        Assert.Equal(isOne ? null : "https://ca/directory responded with something else than the expected JSON object", directory.Problem?.Detail);
    }

    [Theory]
    [InlineData("""{"status":"pending","authorizations":["https://ca/z"],"finalize":"https://ca/f"}""", true)]
    [InlineData("""{"status":"pending","authorizations":[null],"finalize":"https://ca/f"}""", false)]
    [InlineData("""{"status":"pending","authorizations":null,"finalize":"https://ca/f"}""", true)]
    [InlineData("""{"status":"ready","authorizations":[],"finalize":"https://ca/f"}""", true)]
    [InlineData("""{"status":"ready","finalize":"https://ca/f"}""", true)]
    [InlineData("""{"status":"invalid","authorizations":[],"finalize":"https://ca/f","error":{"subproblems":[null]}}""", false)]
    public void Takes_an_order_without_nulls(string json, bool isOne) =>
        Assert.Equal(isOne, AcmeConnection.Parse(new AcmeResponse(System.Text.Encoding.UTF8.GetBytes(json), null, null, [], null), new Uri("https://ca/o"), AcmeJson.Default.AcmeOrder).IsSuccess);

    [Fact]
    public void Keeps_leading_zeros_of_coordinates_and_halves_of_signatures()
    {
        // One key in 128 has a coordinate that begins with a zero byte.
        for (int i = 0; i < 400; i++)
        {
            using AcmeAccountKey key = AcmeAccountKey.Create(AcmeAccountKey.Es256);
            Assert.Equal((43, 43, 43, 64), (key.Jwk.X!.Length, key.Jwk.Y!.Length, key.Thumbprint.Length, key.Sign([1]).Length));
        }
    }

    [Fact]
    public void Reads_its_own_account_key_again_and_no_other()
    {
        using AcmeAccountKey key = AcmeAccountKey.Create(AcmeAccountKey.Es256);
        using AcmeAccountKey? again = AcmeAccountKey.FromPem(key.ToPem());
        using ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP384);

        Assert.Equal(key.Thumbprint, again!.Thumbprint);
        Assert.Null(AcmeAccountKey.FromPem(other.ExportPkcs8PrivateKeyPem()));
        Assert.Null(AcmeAccountKey.FromPem("nothing"));
    }

    [Theory]
    [InlineData("120", 120)]
    [InlineData("0", 0)]
    [InlineData("Tue, 24 Nov 2026 13:00:00 GMT", 3600)]
    [InlineData("Tue, 24 Nov 2026 11:00:00 GMT", 0)]
    [InlineData("99999999", 604800)]
    [InlineData(null, null)]
    public void Reads_both_forms_of_Retry_After_by_the_clock_of_the_response(string? header, int? seconds)
    {
        using HttpResponseMessage response = new();
        response.Headers.Date = new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
        if (header is not null)
        {
            response.Headers.RetryAfter = RetryConditionHeaderValue.Parse(header);
        }

        TimeSpan? read = RetryAfter.Read(response.Headers, new FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero)));

        Assert.Equal(seconds, (int?)read?.TotalSeconds);
    }

    [Theory]
    [InlineData("abc_-123abc_-123abc_-123", true)]
    [InlineData("abc_-123abc_-123abc_-1234", true)]
    [InlineData("abc_-123abc_-123abc_-", false)]
    [InlineData("", false)]
    [InlineData("../secret/../secret/../secret", false)]
    [InlineData("abc -123abc_-123abc_-123", false)]
    [InlineData("abc_-123abc_-123abc_-12=", false)]
    [InlineData(null, false)]
    public void Takes_only_tokens_of_base64url(string? token, bool isUsable) =>
        Assert.Equal(isUsable, new AcmeChallenge { Type = "http-01", Url = new Uri("https://ca.example/1"), Token = token }.HasUsableToken);

    [Fact]
    public void Turns_a_problem_document_with_subproblems_into_one_line_of_printable_text()
    {
        AcmeProblemDocument document = new()
        {
            Type = "urn:ietf:params:acme:error:rejectedIdentifier",
            Detail = "policy\nforbids",
            Subproblems = [new AcmeProblemDocument { Type = "x", Detail = "blocked", Identifier = AcmeIdentifier.Dns("a.example") }],
        };

        Assert.Equal("rejectedIdentifier: policy forbids; a.example: blocked", AcmeProblem.Of(document, 403, null).ToString());
    }

    [Theory]
    [InlineData("urn:ietf:params:acme:error:rateLimited", "rateLimited")]
    [InlineData("urn:ietf:params:acme:error:with space", "other")]
    [InlineData("about:blank", "other")]
    [InlineData(null, "other")]
    public void Takes_only_words_as_the_type_of_a_problem(string? type, string expected) =>
        Assert.Equal(expected, AcmeProblem.Of(new AcmeProblemDocument { Type = type }, 400, null).Type);
}
