using System.Text;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Issuers;
using IssuerGateway.Tests.Issuers;

namespace IssuerGateway.Tests.Checking;

/// <summary>What Go's libraries did with the same inputs when they were run: Go 1.26.10, go-oidc 3.10 with go-jose 4.1.4, and go-jose 2.6.3.</summary>
public sealed class GoReadingTests
{
    [Theory]
    [InlineData("AQAB", "010001")]
    [InlineData("AQ\nAB", "010001")]
    [InlineData("\r\nAQAB\r\n", "010001")]
    [InlineData("AQ", "01")]
    [InlineData("AR", "01")]
    [InlineData("AAEAAR", "00010001")]
    [InlineData("AAEAAe", "00010001")]
    [InlineData("\n", "")]
    [InlineData("", "")]
    [InlineData("AQAB====", null)]
    [InlineData("AQ==", null)]
    [InlineData("AQAB ", null)]
    [InlineData("AQ\tAB", null)]
    [InlineData("AQ\vAB", null)]
    [InlineData("AQ\u0085AB", null)]
    [InlineData("\uFEFFAQAB", null)]
    [InlineData("AQA+", null)]
    [InlineData("AQA/", null)]
    [InlineData("AQABA", null)]
    [InlineData("A", null)]
    public void Decodes_base64url_as_Go_does(string text, string? bytes) => Assert.Equal(bytes, GoBase64.Decode(text) is { } decoded ? Convert.ToHexStringLower(decoded) : null);

    [Theory]
    [InlineData("https://keys.example.test/a", true)]
    [InlineData("https://keys.example.test/%zz", false)]
    [InlineData("a/b:c", true)]
    [InlineData("a:b:c", true)]
    [InlineData("mailto:%zz", true)]
    [InlineData("a:/%zz", false)]
    [InlineData("1a:b", false)]
    [InlineData("1a://b", false)]
    [InlineData(":a", false)]
    [InlineData("a?b:c", true)]
    public void Parses_a_URL_as_Go_does(string text, bool isParsed) => Assert.Equal(isParsed, GoUrl.IsParsed(text));

    [Theory]
    [InlineData("AQAB", null)]
    [InlineData("AQ AB", null)]
    [InlineData("AQ\nAB", "line breaks")]
    [InlineData("AR", "bits behind its last byte that are not zero")]
    public void Says_what_only_strict_readers_reject(string text, string? deviation) => Assert.Equal(deviation, GoBase64.Deviation(text));

    [Theory]
    [InlineData("""{"keys":[]}""", 0)]
    [InlineData("""{"keys":null}""", 0)]
    [InlineData("""{}""", 0)]
    [InlineData("""{"keys":[{"kid":"\ud800"},{"kid":"\ud83d\ude00"},{"kid":"\\ud800"}]}""", 3)]
    [InlineData("""{"KEYS":[{}]}""", 1)]
    [InlineData("""{"keys":[{}],"Keys":[]}""", 0)]
    [InlineData("""{"keys":[{"ext":{"a":1,"a":2}}]}""", 1)]
    [InlineData("""{"keys":[{"kid":"a","kid":"a"}]}""", null)]
    [InlineData("""{"keys":[null]}""", null)]
    [InlineData("""{"keys":["a"]}""", null)]
    [InlineData("""{"keys":{}}""", null)]
    [InlineData("""[]""", null)]
    [InlineData("""{"keys":[]}x""", null)]
    [InlineData("//\n{\"keys\":[]}", null)]
    public void Reads_a_set_as_Go_does(string set, int? keys) => Assert.Equal(keys, GoJson.ReadKeys(Encoding.UTF8.GetBytes(set), null)?.Keys.Count);

    [Fact]
    public void Replaces_what_is_not_UTF_8_and_reads_9_000_levels()
    {
        Assert.Equal("\uFFFD", GoJson.ReadKeys((byte[])[.. "{\"keys\":[{\"kid\":\""u8, 0xFF, .. "\"}]}"u8], null)?.Keys[0].KeyId);
        Assert.Single(GoJson.ReadKeys(Encoding.UTF8.GetBytes($"{{\"keys\":[{{\"ext\":{new string('[', 9000)}{new string(']', 9000)}}}]}}"), null)!.Keys);
        Assert.Null(GoJson.ReadKeys(Encoding.UTF8.GetBytes($"{{\"keys\":[{{\"ext\":{new string('[', 11_000)}{new string(']', 11_000)}}}]}}"), null));
    }

    [Fact]
    public void Is_the_strict_set_itself_where_both_read_the_same()
    {
        byte[] document = Encoding.UTF8.GetBytes($"{{\"keys\":[{Build.Rsa("a")},{Build.Rsa("b")}]}}");
        KeySet strict = KeySet.Parse(document, out _)!;

        Assert.Same(strict, GoJson.ReadKeys(document, strict));
    }

    [Theory]
    [InlineData("""{"issuer":"a","issuer":"b"}""", "b")]
    [InlineData("""{"issuer":"a","ISSUER":"b"}""", "b")]
    [InlineData("""{"issuer":"a","issuer":null}""", "a")]
    [InlineData("""{"issuer":"a","Issuer":1}""", null)]
    [InlineData("""{"a":{"issuer":"b"},"issuer":"a"}""", "a")]
    public void Reads_a_discovery_document_as_Go_does(string document, string? issuer) => Assert.Equal(issuer, GoJson.ReadDiscovery(Encoding.UTF8.GetBytes(document))?.Issuer);

    [Theory]
    [InlineData("https://a.example/keys", "https://a.example/keys")]
    [InlineData("https://a.example/keys#a", "https://a.example/keys")]
    [InlineData("https://a.example#a", "https://a.example")]
    [InlineData("https://a.example/a/../%2e/./keys", "https://a.example/a/../%2e/./keys")]
    [InlineData("https://a.example/a key?b", "https://a.example/a%20key?b")]
    [InlineData("https://a.example/a%2fb(c)", "https://a.example/a%2fb(c)")]
    [InlineData("https://a.example/a%2fb(c) ", "https://a.example/a/b%28c%29%20")]
    [InlineData("https://a.example/%0d%0a|\u00E9", "https://a.example/%0D%0A%7C%C3%A9")]
    [InlineData("https://a.example/a\\b", "https://a.example/a%5Cb")]
    [InlineData("https://a.example?a#b", "https://a.example?a")]
    [InlineData("https://a.example/keys?a b", "https://a.example/keys?a b")]
    [InlineData("https://a.example/keys#%zz", null)]
    [InlineData("https://a.example/%zz", null)]
    [InlineData("https://a.example/\r\n", null)]
    [InlineData("https://a b.example/", null)]
    [InlineData("ftp://a.example/", null)]
    [InlineData("/keys", null)]
    public void Requests_what_net_http_requests(string text, string? requested) => Assert.Equal(requested, GoUrl.Requested(text));
}
