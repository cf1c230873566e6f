using System.Text;
using System.Text.RegularExpressions;

namespace IssuerGateway.EndToEnd.Hostile;

/// <summary>
/// HTTP/1.1 requests that two parsers may read differently (RFC 9112 §11.2), or that are too much: one response, a rejection,
/// and never a response to what was smuggled in behind.
/// </summary>
public sealed partial class MalformedRequestTests
{
    private const string Target = "/openid/v1/jwks";
    private const string Smuggled = $"GET {Target} HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private static readonly (string Name, string Expected, string Request)[] shapes =
    [
        ("Content-Length and Transfer-Encoding", "405", $"POST {Target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{Smuggled}"),
        ("the same on GET", "413", $"GET {Target} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 30\r\n\r\n0\r\n\r\n{Smuggled}"),
        ("two Content-Lengths", "400", $"POST {Target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nContent-Length: 50\r\n\r\n{Smuggled}"),
        ("a list of Content-Lengths", "400", $"POST {Target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0, 50\r\n\r\n{Smuggled}"),
        ("a signed Content-Length", "405", $"POST {Target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: +0\r\n\r\n{Smuggled}"),
        ("a negative Content-Length", "400", $"POST {Target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n{Smuggled}"),
        ("a Content-Length above 2^63", "400", $"POST {Target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9223372036854775808\r\n\r\n{Smuggled}"),
        ("Transfer-Encoding twice", "400", $"POST {Target} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n{Smuggled}"),
        ("an unknown Transfer-Encoding", "400", $"POST {Target} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{Smuggled}"),
        ("a chunk size without end", "405", $"POST {Target} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n{Smuggled}"),
        ("a chunk extension with a bare LF", "405", $"POST {Target} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1;\nx\r\nX\r\n0\r\n\r\n{Smuggled}"),
        ("a bare LF after the chunk size", "405", $"POST {Target} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\nX\r\n0\r\n\r\n{Smuggled}"),
        ("chunks on GET", "413", $"GET {Target} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n{Smuggled}"),
        ("a body on GET that is a request", "413", $"GET {Target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {Smuggled.Length}\r\n\r\n{Smuggled}"),
        ("chunked in HTTP/1.0", "405", $"POST {Target} HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{Smuggled}"),
        ("obsolete line folding", "400", $"GET {Target} HTTP/1.1\r\nHost: localhost\r\nX-Folded: a\r\n b\r\n\r\n{Smuggled}"),
        ("a folded first header", "400", $"GET {Target} HTTP/1.1\r\n Host: localhost\r\n\r\n{Smuggled}"),
        ("a space before the colon", "400", $"GET {Target} HTTP/1.1\r\nHost: localhost\r\nContent-Length : 50\r\n\r\n{Smuggled}"),
        ("a tab before the colon", "400", $"GET {Target} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding\t: chunked\r\n\r\n{Smuggled}"),
        ("a header without a name", "400", $"GET {Target} HTTP/1.1\r\nHost: localhost\r\n: empty\r\n\r\n{Smuggled}"),
        ("a header without a colon", "400", $"GET {Target} HTTP/1.1\r\nHost: localhost\r\nnocolon\r\n\r\n{Smuggled}"),
        ("a bare CR in a value", "400", $"GET {Target} HTTP/1.1\r\nHost: localhost\r\nX-Bare: a\rb\r\n\r\n{Smuggled}"),
        ("a NUL in a value", "400", $"GET {Target} HTTP/1.1\r\nHost: localhost\r\nX-Null: a\0b\r\n\r\n{Smuggled}"),
        ("a NUL in the target", "400", $"GET {Target}\0 HTTP/1.1\r\nHost: localhost\r\n\r\n{Smuggled}"),
        ("two Hosts", "400", $"GET {Target} HTTP/1.1\r\nHost: localhost\r\nHost: elsewhere.example\r\n\r\n{Smuggled}"),
        ("no Host", "400", $"GET {Target} HTTP/1.1\r\n\r\n{Smuggled}"),
        ("a Host with a path", "400", $"GET {Target} HTTP/1.1\r\nHost: localhost/x\r\n\r\n{Smuggled}"),
        ("a Host with credentials", "400", $"GET {Target} HTTP/1.1\r\nHost: a@localhost\r\n\r\n{Smuggled}"),
        ("absolute-form with another host", "400", $"GET https://elsewhere.example{Target} HTTP/1.1\r\nHost: localhost\r\n\r\n{Smuggled}"),
        ("authority-form", "405", $"GET localhost:443 HTTP/1.1\r\nHost: localhost\r\n\r\n{Smuggled}"),
        ("two spaces in the request line", "400", $"GET  {Target} HTTP/1.1\r\nHost: localhost\r\n\r\n{Smuggled}"),
        ("a method that is no token", "400", $"G(T {Target} HTTP/1.1\r\nHost: localhost\r\n\r\n{Smuggled}"),
        ("HTTP/0.9", "400", $"GET {Target}\r\n\r\n{Smuggled}"),
        ("HTTP/1.2", "505", $"GET {Target} HTTP/1.2\r\nHost: localhost\r\n\r\n{Smuggled}"),
        ("the preface of HTTP/2 without ALPN", "505", $"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{Smuggled}"),
        ("a target of 4 KB", "414", $"GET /{new string('a', 4096)} HTTP/1.1\r\nHost: localhost\r\n\r\n{Smuggled}"),
        ("a header of 8 KB", "431", $"GET {Target} HTTP/1.1\r\nHost: localhost\r\nX-Long: {new string('a', 8192)}\r\n\r\n{Smuggled}"),
        ("65 headers", "431", $"GET {Target} HTTP/1.1\r\nHost: localhost\r\n{string.Concat(Enumerable.Range(0, 65).Select(i => $"X-{i}: a\r\n"))}\r\n{Smuggled}"),
        // Within one record: what is left unread when the gateway closes would make a reset of it, and the response might be lost.
        ("a line without end", "414", $"GET {new string('/', 12_000)}"),
        ("garbage", "400", "\u0001\u0002\u0003\u00ff\r\n\r\n" + Smuggled),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Each_gets_one_rejection_and_the_connection_ends(bool isPlain)
    {
        await using Attack attack = await Attack.PrepareAsync(isPlain);
        Dictionary<string, string> wrong = [];
        int next = 0;

        await attack.RunAsync($"malformed and smuggling requests, {shapes.Length} shapes{(isPlain ? ", without TLS" : "")}", async end =>
        {
            // Each shape once for certain, whatever the time; then on until the end.
            foreach ((string name, string expected, string request) in shapes)
            {
                using CancellationTokenSource waitLimit = new(Attack.WaitLimit);
                string response = await ExchangeAsync(attack, request, waitLimit.Token);
                string[] statuses = [.. StatusLine().Matches(response).Select(match => match.Groups[1].Value)];

                bool isRejected = statuses.Length == 1 && statuses[0] == expected;
                if (!isRejected || response.Contains("\"keys\"", StringComparison.Ordinal))
                {
                    wrong[name] = statuses.Length == 0 ? "no response" : string.Join(" then ", statuses);
                }
            }

            int count = await Attack.PaceAsync(50, stop => ExchangeAsync(attack, shapes[Interlocked.Increment(ref next) % shapes.Length].Request, stop), end);
            return $"{shapes.Length + count} connections";
        });

        Assert.True(wrong.Count == 0, string.Join("; ", wrong.Select(shape => $"{shape.Key}: {shape.Value}")));
    }

    [Fact]
    public async Task The_request_that_all_these_are_made_of_would_be_served()
    {
        await using Attack attack = await Attack.PrepareAsync();
        using CancellationTokenSource waitLimit = new(Attack.WaitLimit);

        string response = await ExchangeAsync(attack, $"{Smuggled}GET / HTTP/1.1\r\n\r\n", waitLimit.Token);

        Assert.Equal(["200", "400"], StatusLine().Matches(response).Select(match => match.Groups[1].Value));
    }

    [Theory]
    [InlineData("GET /openid/v1/jwks HTTP/1.1\nHost: localhost\n\n", "400")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "404")]
    [InlineData("CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\nConnection: close\r\n\r\n", "404")]
    [InlineData("TRACE /openid/v1/jwks HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "405")]
    [InlineData("GET /openid/v1/../v1/jwks HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "404")]
    [InlineData("GET //openid/v1/jwks HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "404")]
    public async Task A_target_or_line_end_that_is_not_exactly_ours_is_denied(string request, string expected)
    {
        await using Attack attack = await Attack.PrepareAsync();
        using CancellationTokenSource waitLimit = new(Attack.WaitLimit);

        string response = await ExchangeAsync(attack, request, waitLimit.Token);

        Assert.Equal(expected, Assert.Single(StatusLine().Matches(response)).Groups[1].Value);
        Assert.DoesNotContain("\"keys\"", response, StringComparison.Ordinal);
    }

    /// <summary>RFC 9112 §3.2.2 (absolute form) and RFC 9110 §4.2.3 (a percent-encoded unreserved character).</summary>
    [Theory]
    [InlineData("GET https://localhost:{port}/openid/v1/jwks HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")]
    [InlineData("GET /openid/v1/%6awks HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")]
    public async Task A_target_that_is_equal_to_ours_gets_the_document(string request)
    {
        await using Attack attack = await Attack.PrepareAsync();
        using CancellationTokenSource waitLimit = new(Attack.WaitLimit);

        string response = await ExchangeAsync(attack, request, waitLimit.Token);

        Assert.Equal("200", Assert.Single(StatusLine().Matches(response)).Groups[1].Value);
        Assert.Contains("\"keys\"", response, StringComparison.Ordinal);
    }

    /// <summary>All that comes until the gateway closes.</summary>
    private static async Task<string> ExchangeAsync(Attack attack, string request, CancellationToken cancellationToken)
    {
        await using Stream stream = await attack.OpenAsync(ClientSide.AnyAttacker(), cancellationToken);
        StringBuilder response = new();
        try
        {
            // The host of the issuer has a port; with it what is smuggled in would get a full response.
            string sent = request.Replace("{port}", $"{attack.Port}", StringComparison.Ordinal).Replace("Host: localhost\r", $"Host: localhost:{attack.Port}\r", StringComparison.Ordinal).Replace("Host: localhost\n", $"Host: localhost:{attack.Port}\n", StringComparison.Ordinal);
            await stream.WriteAsync(Encoding.Latin1.GetBytes(sent), cancellationToken);
            byte[] buffer = new byte[4096];
            int count;
            while ((count = await stream.ReadAsync(buffer, cancellationToken)) > 0)
            {
                response.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }
        }
        catch (IOException)
        {
            // A reset is an end too.
        }

        return response.ToString();
    }

    [GeneratedRegex(@"HTTP/1\.[01] ([0-9]{3}) ")]
    private static partial Regex StatusLine();
}
