using System.Buffers.Text;
using IssuerGateway.Issuers;

namespace IssuerGateway.Tests.Issuers;

public sealed class CompactTokenTests
{
    [Fact]
    public void Reads_a_recorded_token()
    {
        CompactToken token = CompactToken.Parse(Recorded.Token("token-azure-demo-default-audience"))!;

        Assert.Equal(("RS256", "F5FYFiZjrNXR5MtJoHMaJPF8RmXF8yovARSLlOHYc2o", null), (token.Algorithm, token.KeyId, token.Type));
        Assert.Equal(("https://issuer.example.test", "system:serviceaccount:default:azure-demo"), (token.Issuer, token.Subject));
        Assert.Equal(TimeSpan.FromHours(1), token.Expires - token.IssuedAt);
        Assert.Equal(token.IssuedAt, token.NotBefore);
    }

    [Theory]
    [InlineData("""{"iss":"https://a","iat":1.5,"exp":2}""", "https://a", 1500L, 2000L)]
    [InlineData("""{"iss":"https://a/"}""", "https://a/", null, null)]
    [InlineData("""{"iss":1,"iat":"1","exp":"-1"}""", null, null, null)]
    [InlineData("""{"exp":1e300}""", null, null, null)]
    public void Takes_claims_of_the_right_type_only(string payload, string? issuer, long? issuedAt, long? expires)
    {
        CompactToken token = CompactToken.Parse(TokenOf(payload))!;

        Assert.Equal((issuer, issuedAt, expires), (token.Issuer, token.IssuedAt?.ToUnixTimeMilliseconds(), token.Expires?.ToUnixTimeMilliseconds()));
    }

    [Theory]
    [InlineData("""{"aud":"a"}""", new[] { "a" })]
    [InlineData("""{"aud":["a","b"]}""", new[] { "a", "b" })]
    [InlineData("""{"aud":{}}""", new string[0])]
    [InlineData("{}", new string[0])]
    public void Takes_one_audience_or_several(string payload, string[] audiences) => Assert.Equal(audiences, CompactToken.Parse(TokenOf(payload))!.Audiences);

    [Theory]
    [InlineData("")]
    [InlineData("opaque")]
    [InlineData("a.b")]
    [InlineData("a.!.c")]
    [InlineData("e30.e30. 2lU")]
    [InlineData("e30.e30.c2k=")]
    [InlineData("a.b.c.d")]
    [InlineData("e30.e30.")]
    public void Is_nothing_else_than_a_compact_JWS(string token) => Assert.Null(CompactToken.Parse(token));

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"iss":"\ud800"}""")]
    public void Rejects_a_payload_that_two_parsers_read_differently(string payload) => Assert.Null(CompactToken.Parse(TokenOf(payload)));

    [Theory]
    [InlineData("""{"iss":"https://a","iss":"https://b"}""", "https://b", "iss")]
    [InlineData("""{"iss":"https://b","a":{"b":1,"b":2,"b":3},"c":{"b":1}}""", "https://b", "b, b")]
    [InlineData("""{"iss":"https://b","ISS":"https://c"}""", "https://b", "")]
    public void Takes_the_last_of_a_claim_and_names_it(string payload, string issuer, string duplicates)
    {
        CompactToken token = CompactToken.Parse(TokenOf(payload))!;

        Assert.Equal((issuer, duplicates, duplicates.Length > 0), (token.Issuer, string.Join(", ", token.DuplicateClaims), token.HasDuplicates));
    }

    [Fact]
    public void Names_what_is_in_the_header_twice()
    {
        CompactToken token = CompactToken.Parse($"{Base64Url.EncodeToString("""{"kid":"a","alg":"none","kid":"b"}"""u8)}.e30.c2ln")!;

        Assert.Equal(("b", "kid", true), (token.KeyId, string.Join(", ", token.DuplicateHeaders), token.HasDuplicates));
    }

    [Fact]
    public void Does_not_look_at_a_token_of_absurd_length() =>
        Assert.Null(CompactToken.Parse(TokenOf($$"""{"iss":"https://a","x":"{{new string('x', CompactToken.MaxCharacters)}}"}""")));

    [Fact]
    public void Looks_at_a_token_of_the_greatest_length()
    {
        string token = TokenOf("""{"iss":"https://ab"}""");
        Assert.NotNull(CompactToken.Parse(token[..^4] + new string('A', CompactToken.MaxCharacters - token.Length + 4)));
    }

    [Theory]
    [InlineData("""{"exp":0}""", "", "")]
    [InlineData("""{"exp":-1}""", "", "")]
    [InlineData("""{"exp":-62135596800}""", "", "")]
    [InlineData("""{"exp":253402214399}""", "", "")]
    [InlineData("""{"exp":253402214400}""", "exp", "")]
    [InlineData("""{"iat":"1","nbf":null,"exp":1}""", "iat", "")]
    [InlineData("""{"iat":1.5,"nbf":1,"exp":1e1}""", "", "iat")]
    [InlineData("{}", "", "")]
    public void Names_times_that_are_no_instant_and_those_with_a_fraction(string payload, string malformed, string fractional)
    {
        CompactToken token = CompactToken.Parse(TokenOf(payload))!;

        Assert.Equal((malformed, fractional), (string.Join(' ', token.MalformedTimes), string.Join(' ', token.FractionalTimes)));
    }

    [Theory]
    [InlineData("""{"exp":"soon","nbf":null,"iat":1e300}""", "iat is a number out of range, exp is a string")]
    [InlineData("""{"exp":[1],"nbf":{},"iat":true}""", "iat is a boolean, nbf is an object, exp is an array")]
    [InlineData("""{"exp":1}""", "")]
    public void Says_of_each_time_what_it_is_instead(string payload, string faults) => Assert.Equal(faults, string.Join(", ", CompactToken.Parse(TokenOf(payload))!.TimeFaults));

    /// <summary>A number that no float64 holds is not a far one either.</summary>
    [Theory]
    [InlineData("""{"exp":253402214399,"iat":1,"nbf":-1e300}""", "")]
    [InlineData("""{"exp":253402214400,"iat":1e300,"nbf":1e400}""", "iat exp")]
    public void Tells_a_far_time_from_one_that_is_none(string payload, string far) => Assert.Equal(far, string.Join(' ', CompactToken.Parse(TokenOf(payload))!.FarTimes));

    [Theory]
    [InlineData("""{"sub":"a"}""", true)]
    [InlineData("""{"sub":5}""", true)]
    [InlineData("""{"sub":"a","sub":null}""", false)]
    [InlineData("""{"sub":null,"sub":"a"}""", true)]
    [InlineData("{}", false)]
    public void Takes_null_for_no_claim(string payload, bool has) => Assert.Equal(has, CompactToken.Parse(TokenOf(payload))!.Has("sub"));

    [Theory]
    [InlineData("""{"aud":5}""", true)]
    [InlineData("""{"aud":null}""", true)]
    [InlineData("""{"aud":["a"]}""", false)]
    [InlineData("""{"aud":"a"}""", false)]
    [InlineData("{}", false)]
    public void Names_an_audience_that_is_neither_text_nor_array(string payload, bool isOdd) => Assert.Equal(isOdd, CompactToken.Parse(TokenOf(payload))!.HasOddAudience);

    [Theory]
    [InlineData("{}", false, null)]
    [InlineData("""{"crit":null}""", false, null)]
    [InlineData("""{"crit":"exp"}""", true, null)]
    [InlineData("""{"crit":["exp",5]}""", true, null)]
    [InlineData("""{"crit":[]}""", true, "")]
    [InlineData("""{"crit":["b64","exp"]}""", true, "b64 exp")]
    public void Reads_critical_names(string header, bool has, string? names)
    {
        CompactToken token = CompactToken.Parse($"{Base64Url.EncodeToString(Build.Utf8(header))}.e30.c2ln")!;

        Assert.Equal((has, names), (token.HasCritical, token.CriticalNames is { } read ? string.Join(' ', read) : null));
    }

    [Theory]
    [InlineData("""{"aud":[]}""", true)]
    [InlineData("""{"aud":["a"]}""", false)]
    [InlineData("""{"aud":5}""", false)]
    [InlineData("{}", false)]
    public void Tells_an_empty_array_of_audiences_from_none(string payload, bool isEmpty) => Assert.Equal(isEmpty, CompactToken.Parse(TokenOf(payload))!.HasEmptyAudiences);

    [Theory]
    [InlineData("{}", false)]
    [InlineData("""{"kid":"a"}""", false)]
    [InlineData("""{"kid":1}""", true)]
    public void Names_a_kid_that_is_no_text(string header, bool odd) =>
        Assert.Equal(odd, CompactToken.Parse($"{Base64Url.EncodeToString(Build.Utf8(header))}.e30.c2ln")!.HasOddKeyId);

    private static string TokenOf(string payload) => $"e30.{Base64Url.EncodeToString(Build.Utf8(payload))}.c2ln";
}
