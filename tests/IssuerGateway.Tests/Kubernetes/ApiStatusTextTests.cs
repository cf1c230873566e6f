using System.Net;
using System.Text;
using IssuerGateway.Kubernetes.Objects;

namespace IssuerGateway.Tests.Kubernetes;

public sealed class ApiStatusTextTests
{
    // C7: why a Secret could not be written was hidden.
    [Theory]
    [InlineData(403, """{"kind":"Status","message":"admission webhook \"policy\" denied the request: no"}""", "admission webhook \"policy\" denied the request: no")]
    [InlineData(409, """{"kind":"Status","message":"modified"}""", "modified")]
    [InlineData(413, """{"kind":"Status","message":"Request entity too large: limit is 3145728"}""", "Request entity too large: limit is 3145728")]
    [InlineData(422, """{"kind":"Status","message":"field is immutable"}""", "field is immutable")]
    [InlineData(429, """{"kind":"Status","message":"too many requests, please try again later"}""", "too many requests, please try again later")]
    [InlineData(500, """{"kind":"Status","message":"Internal error occurred: failed calling webhook"}""", "Internal error occurred: failed calling webhook")]
    [InlineData(503, """{"kind":"Status","message":"leader changed"}""", "leader changed")]
    [InlineData(504, """{"kind":"Status","message":"Timeout: request did not complete"}""", "Timeout: request did not complete")]
    [InlineData(403, """{"kind":"Status","message":"a\u0007b\n"}""", "a b ")]
    public void Is_the_sentence_of_the_Status(int status, string body, string text) => Assert.Equal(text, ApiStatusText.Of((HttpStatusCode)status, Encoding.UTF8.GetBytes(body)));

    [Theory]
    [InlineData(400, """{"kind":"Status","message":"json: error found in #10 byte of ...|tls.key: LS0t|..."}""")]
    [InlineData(401, """{"kind":"Status","message":"Unauthorized"}""")]
    [InlineData(500, "<html>a proxy</html>")]
    [InlineData(500, """{"message":"of a proxy"}""")]
    [InlineData(500, """{"kind":3,"message":"x"}""")]
    [InlineData(503, """{"kind":"Status","message":7}""")]
    [InlineData(503, "[]")]
    [InlineData(503, "")]
    public void Is_nothing_of_what_quotes_a_request_or_is_no_Status(int status, string body) => Assert.Null(ApiStatusText.Of((HttpStatusCode)status, Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void Is_no_longer_than_a_line() =>
        Assert.Equal(300, ApiStatusText.Of(HttpStatusCode.Forbidden, Encoding.UTF8.GetBytes($$"""{"kind":"Status","message":"{{new string('a', 10_000)}}"}"""))!.Length);
}
