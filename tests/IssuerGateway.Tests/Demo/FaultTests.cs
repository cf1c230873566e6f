using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using System.Text.Json;
using IssuerGateway.Demo.StandIn;
using Microsoft.Extensions.Time.Testing;

namespace IssuerGateway.Tests.Demo;

public sealed class FaultTests : IAsyncLifetime
{
    private const string Discovery = "/.well-known/openid-configuration";
    private const string KeySet = "/openid/v1/jwks";

    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private readonly ServiceAccountKey key = ServiceAccountKey.Create(SigningAlgorithm.ES256);
    private StandInCluster cluster = null!;

    public async ValueTask InitializeAsync() => cluster = await StandInCluster.StartAsync(new() { Keys = [key], Time = time });

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    [Theory]
    [InlineData(401, "HTTP/1.1 401 Unauthorized", "application/json")]
    [InlineData(403, "HTTP/1.1 403 Forbidden", "application/json")]
    [InlineData(404, "HTTP/1.1 404 Not Found", "text/plain; charset=utf-8")]
    [InlineData(406, "HTTP/1.1 406 Not Acceptable", "application/json")]
    [InlineData(429, "HTTP/1.1 429 Too Many Requests", "text/plain; charset=utf-8")]
    [InlineData(500, "HTTP/1.1 500 Internal Server Error", "application/json")]
    [InlineData(503, "HTTP/1.1 503 Service Unavailable", "application/json")]
    [InlineData(418, "HTTP/1.1 418 I'm a teapot", "application/json")]
    public async Task Status_is_answered_in_the_words_of_an_api_server(int status, string line, string contentType)
    {
        cluster.Server.Break(Fault.OfStatus(status));

        string answer = await AskAsync(KeySet);

        Assert.StartsWith(line + "\n", answer);
        Assert.Contains($"\nContent-Type: {contentType}\n", answer);
        Assert.Contains("\nCache-Control: no-cache, private\n", answer);
        Assert.Equal(status == 429, answer.Contains("\nRetry-After: 1\n", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(FaultTarget.Discovery, "500", "200", "200")]
    [InlineData(FaultTarget.KeySet, "200", "500", "200")]
    [InlineData(FaultTarget.Documents, "500", "500", "200")]
    [InlineData(FaultTarget.Probes, "200", "200", "500")]
    [InlineData(FaultTarget.Everything, "500", "500", "500")]
    internal async Task Concerns_its_target_alone_until_mended(FaultTarget on, params string[] expected)
    {
        string[] targets = [Discovery, KeySet, "/readyz"];
        cluster.Server.Break(Fault.OfStatus(500, on));
        Assert.Equal(expected, await Task.WhenAll(targets.Select(StatusAsync)));

        cluster.Server.Mend();
        Assert.Equal(["200", "200", "200"], await Task.WhenAll(targets.Select(StatusAsync)));
    }

    [Fact]
    public async Task Several_faults_stand_side_by_side()
    {
        cluster.Server.Break(Fault.OfStatus(404, FaultTarget.Discovery), new Fault(FaultKind.EmptySet));

        Assert.Equal("404", await StatusAsync(Discovery));
        Assert.Equal("""{"keys":[]}""", await BodyAsync(KeySet));
    }

    [Fact]
    public async Task Redirect_names_its_location()
    {
        cluster.Server.Break(new Fault(FaultKind.Redirect) { Location = "https://127.0.0.1:1/x" });

        string answer = await AskAsync(KeySet);

        Assert.StartsWith("HTTP/1.1 302 Found\n", answer);
        Assert.Contains("\nLocation: https://127.0.0.1:1/x\n", answer);
    }

    [Theory]
    [InlineData(FaultKind.DuplicateMember, """{"keys":[],"keys":[KEY]}""")]
    [InlineData(FaultKind.EmptySet, """{"keys":[]}""")]
    [InlineData(FaultKind.OtherIssuer, """{"keys":[KEY]}""")]
    internal async Task Spoils_the_key_set(FaultKind kind, string body)
    {
        cluster.Server.Break(kind);

        Assert.Equal(body.Replace("KEY", key.Jwk), await BodyAsync(KeySet));
    }

    [Theory]
    [InlineData(FaultKind.DuplicateMember, """{"issuer":"https://other.example.test","issuer":"https://issuer.example.test",REST""")]
    [InlineData(FaultKind.OtherIssuer, """{"issuer":"https://other.example.test",REST""")]
    [InlineData(FaultKind.EmptySet, """{"issuer":"https://issuer.example.test",REST""")]
    [InlineData(FaultKind.PrivateKey, """{"issuer":"https://issuer.example.test",REST""")]
    [InlineData(FaultKind.DuplicateKid, """{"issuer":"https://issuer.example.test",REST""")]
    internal async Task Spoils_the_discovery_document(FaultKind kind, string body)
    {
        string right = await BodyAsync(Discovery);
        cluster.Server.Break(kind);

        Assert.Equal(body.Replace("REST", right[right.IndexOf("\"jwks_uri\"", StringComparison.Ordinal)..]), await BodyAsync(Discovery));
    }

    [Fact]
    public async Task PrivateKey_publishes_the_private_half()
    {
        cluster.Server.Break(FaultKind.PrivateKey);

        Assert.Equal($$"""{"keys":[{{key.PrivateJwk()}}]}""", await BodyAsync(KeySet));
    }

    [Fact]
    public async Task DuplicateKid_publishes_two_keys_under_one_kid()
    {
        cluster.Server.Break(FaultKind.DuplicateKid);

        using JsonDocument set = JsonDocument.Parse(await BodyAsync(KeySet));
        JsonElement[] keys = [.. set.RootElement.GetProperty("keys").EnumerateArray()];
        Assert.Equal([key.KeyId, key.KeyId], keys.Select(each => each.GetProperty("kid").GetString()));
        Assert.NotEqual(keys[0].GetProperty("x").GetString(), keys[1].GetProperty("x").GetString());
    }

    [Fact]
    public async Task HtmlPage_is_a_proxys_error_page_with_status_200()
    {
        cluster.Server.Break(FaultKind.HtmlPage);

        string answer = await AskAsync(KeySet);

        Assert.StartsWith("HTTP/1.1 200 OK\n", answer);
        Assert.Contains("\nContent-Type: text/html; charset=utf-8\n", answer);
        Assert.Contains("\n\n<!DOCTYPE html>\n", answer);
    }

    [Theory]
    [InlineData(false, "\nContent-Length: 300000\n")]
    [InlineData(true, "\nTransfer-Encoding: chunked\n")]
    public async Task Oversize_is_a_good_document_but_for_its_length(bool chunked, string framing)
    {
        cluster.Server.Break(new Fault(FaultKind.Oversize) { Size = 300_000, Chunked = chunked });

        string answer = await AskAsync(KeySet);

        Assert.Contains(framing, answer);
        Assert.Contains($$"""{"keys":[{{key.Jwk}}]}    """, answer);
        Assert.True(answer.Length > 300_000, "shorter than asked for");
    }

    [Fact]
    public async Task BrokenJson_is_half_a_document_with_a_length_that_agrees()
    {
        string right = await BodyAsync(KeySet);
        cluster.Server.Break(FaultKind.BrokenJson);

        Assert.Equal(right[..(right.Length / 2)], await BodyAsync(KeySet));
    }

    [Fact]
    public async Task Truncated_ends_the_connection_before_the_length_it_stated()
    {
        string right = await BodyAsync(KeySet);
        cluster.Server.Break(FaultKind.Truncated);
        await using RawConnection raw = await RequestAsync();

        string received = await new StreamReader(raw.Stream, Encoding.ASCII).ReadToEndAsync();

        Assert.Contains($"Content-Length: {right.Length}\r\n", received);
        Assert.EndsWith("\r\n\r\n" + right[..(right.Length / 2)], received);
    }

    [Fact]
    public async Task Hang_never_answers_and_drops_the_connection_when_mended()
    {
        cluster.Server.Break(FaultKind.Hang);
        await using RawConnection raw = await RequestAsync();
        await cluster.Server.Requests.WaitForAsync(KeySet, 1);
        Task<int> reading = raw.Stream.ReadAsync(new byte[1]).AsTask();
        time.Advance(TimeSpan.FromHours(1));
        Assert.False(reading.IsCompleted);

        cluster.Server.Mend();

        Assert.Equal(0, await reading.ContinueWith(read => read.IsCompletedSuccessfully ? read.Result : 0, TaskScheduler.Default));
        Assert.Equal("200", await StatusAsync(KeySet));
    }

    [Fact]
    public async Task SlowDrip_sends_one_byte_a_second()
    {
        string right = await BodyAsync(KeySet);
        cluster.Server.Break(FaultKind.SlowDrip);
        await using RawConnection raw = await RequestAsync();
        string head = "";
        while (!head.EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            head += (char)await ReadByteAsync(raw);
        }

        DateTimeOffset before = time.GetUtcNow();
        for (int at = 0; at < 20; at++)
        {
            Assert.Equal(right[at], (char)await ReadByteAsync(raw));
        }

        Assert.Contains($"Content-Length: {right.Length}\r\n", head);
        Assert.True(time.GetUtcNow() - before >= TimeSpan.FromSeconds(18), "20 bytes came in less than their time");
    }

    [Fact]
    public async Task CertificateOfAnotherCa_fails_the_handshake_and_drops_open_connections()
    {
        await using RawConnection open = await RawConnection.OpenAsync(cluster, cluster.Server);
        cluster.Server.Break(FaultKind.CertificateOfAnotherCa);

        await AssertDroppedAsync(open);
        await Assert.ThrowsAsync<AuthenticationException>(() => AskAsync(KeySet));
        cluster.Server.Mend();
        Assert.Equal("200", await StatusAsync(KeySet));
    }

    [Fact]
    public async Task CertificateOfAnotherName_fails_the_handshake_and_drops_open_connections()
    {
        await using RawConnection open = await RawConnection.OpenAsync(cluster, cluster.Server);
        cluster.Server.Break(FaultKind.CertificateOfAnotherName);

        await AssertDroppedAsync(open);
        AuthenticationException refused = await Assert.ThrowsAsync<AuthenticationException>(() => AskAsync(KeySet));
        Assert.Contains("RemoteCertificateNameMismatch", refused.Message);
        cluster.Server.Mend();
        Assert.Equal("200", await StatusAsync(KeySet));
    }

    [Fact]
    public async Task A_stopped_server_refuses_connections_until_it_is_started_on_the_same_port()
    {
        int port = cluster.Server.Port;
        cluster.Server.Break(FaultKind.Hang, FaultTarget.KeySet);
        await using RawConnection waiting = await RequestAsync();
        await cluster.Server.Requests.WaitForAsync(KeySet, 1);

        await cluster.Server.StopAsync();
        SocketException refused = await Assert.ThrowsAsync<SocketException>(() => AskAsync(KeySet));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);

        cluster.Server.Mend();
        await cluster.Server.StartAsync();
        Assert.Equal(port, cluster.Server.Port);
        Assert.Equal("200", await StatusAsync(KeySet));
    }

    private Task<string> AskAsync(string target) => RawConnection.AskAsync(cluster, cluster.AdministratorToken, target: target);

    private async Task<string> StatusAsync(string target) => (await AskAsync(target)).Split(' ')[1];

    private async Task<string> BodyAsync(string target)
    {
        string answer = await AskAsync(target);
        return answer[(answer.IndexOf("\n\n", StringComparison.Ordinal) + 2)..];
    }

    private async Task<RawConnection> RequestAsync()
    {
        cluster.Server.Requests.Clear();
        RawConnection raw = await RawConnection.OpenAsync(cluster, cluster.Server);
        await raw.SendAsync($"GET {KeySet} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {cluster.AdministratorToken}\r\n\r\n");
        return raw;
    }

    // The drip's timer is made after its byte is sent, so the clock is moved until the next one comes.
    private async Task<byte> ReadByteAsync(RawConnection raw)
    {
        byte[] one = new byte[1];
        Task reading = raw.Stream.ReadExactlyAsync(one).AsTask();
        while (!reading.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        await reading;
        return one[0];
    }

    private static async Task AssertDroppedAsync(RawConnection open)
    {
        try
        {
            Assert.Equal(0, await open.Stream.ReadAsync(new byte[1]));
        }
        catch (IOException)
        {
            // A reset instead of an end: dropped all the same.
        }
    }
}
