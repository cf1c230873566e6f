using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using IssuerGateway.Demo.StandIn;
using IssuerGateway.Issuers;
using Microsoft.Extensions.Time.Testing;

namespace IssuerGateway.Tests.Demo;

public sealed class FaultDeliveryTests : IAsyncLifetime
{
    private const string KeySet = "/openid/v1/jwks";

    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private readonly ServiceAccountKey key = ServiceAccountKey.Create(SigningAlgorithm.ES256);
    private StandInCluster cluster = null!;

    public async ValueTask InitializeAsync() => cluster = await StandInCluster.StartAsync(new() { Keys = [key], Time = time });

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

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
    public async Task Hang_never_responds_and_drops_the_connection_when_it_is_repaired()
    {
        cluster.Server.Break(FaultKind.Hang);
        await using RawConnection raw = await RequestAsync();
        await cluster.Server.Requests.WaitForAsync(KeySet, 1);
        Task<int> reading = raw.Stream.ReadAsync(new byte[1]).AsTask();
        time.Advance(TimeSpan.FromHours(1));
        Assert.False(reading.IsCompleted);

        cluster.Server.Repair();

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
            head += await NextAsync();
        }

        // Only this test moves the clock, and it does not before the first byte is here.
        Assert.Equal(right[0], await NextAsync());
        DateTimeOffset before = time.GetUtcNow();
        for (int at = 1; at < 20; at++)
        {
            Task<char> next = NextAsync();
            while (!next.IsCompleted)
            {
                time.Advance(TimeSpan.FromMilliseconds(100));
                await Task.Yield();
            }

            Assert.Equal(right[at], await next);
        }

        Assert.Contains($"Content-Length: {right.Length}\r\n", head);
        Assert.True(time.GetUtcNow() - before >= TimeSpan.FromSeconds(19), "20 bytes came in less than their time");

        async Task<char> NextAsync()
        {
            byte[] one = new byte[1];
            await raw.Stream.ReadExactlyAsync(one);
            return (char)one[0];
        }
    }

    [Fact]
    public async Task CertificateOfAnotherCa_fails_the_handshake_and_drops_open_connections()
    {
        await using RawConnection open = await RawConnection.OpenAsync(cluster, cluster.Server);
        cluster.Server.Break(FaultKind.CertificateOfAnotherCa);

        await AssertDroppedAsync(open);
        await Assert.ThrowsAsync<AuthenticationException>(() => QueryAsync(KeySet));
        cluster.Server.Repair();
        Assert.Equal("200", await StatusAsync(KeySet));
    }

    [Fact]
    public async Task CertificateOfAnotherName_fails_the_handshake_and_drops_open_connections()
    {
        await using RawConnection open = await RawConnection.OpenAsync(cluster, cluster.Server);
        cluster.Server.Break(FaultKind.CertificateOfAnotherName);

        await AssertDroppedAsync(open);
        AuthenticationException rejected = await Assert.ThrowsAsync<AuthenticationException>(() => QueryAsync(KeySet));
        Assert.Contains("RemoteCertificateNameMismatch", rejected.Message);
        cluster.Server.Repair();
        Assert.Equal("200", await StatusAsync(KeySet));
    }

    [Fact]
    public async Task A_stopped_server_rejects_connections_until_it_is_started_on_the_same_port()
    {
        int port = cluster.Server.Port;
        cluster.Server.Break(FaultKind.Hang, FaultTarget.KeySet);
        await using RawConnection waiting = await RequestAsync();
        await cluster.Server.Requests.WaitForAsync(KeySet, 1);

        await cluster.Server.StopAsync();
        SocketException rejected = await Assert.ThrowsAsync<SocketException>(() => QueryAsync(KeySet));
        Assert.Equal(SocketError.ConnectionRefused, rejected.SocketErrorCode);

        cluster.Server.Repair();
        await cluster.Server.StartAsync();
        Assert.Equal(port, cluster.Server.Port);
        Assert.Equal("200", await StatusAsync(KeySet));
    }

    private Task<string> QueryAsync(string target) => RawConnection.QueryAsync(cluster, cluster.AdministratorToken, target: target);

    private async Task<string> StatusAsync(string target) => (await QueryAsync(target)).Split(' ')[1];

    private async Task<string> BodyAsync(string target)
    {
        string response = await QueryAsync(target);
        return response[(response.IndexOf("\n\n", StringComparison.Ordinal) + 2)..];
    }

    private async Task<RawConnection> RequestAsync()
    {
        cluster.Server.Requests.Clear();
        RawConnection raw = await RawConnection.OpenAsync(cluster, cluster.Server);
        await raw.SendAsync($"GET {KeySet} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {cluster.AdministratorToken}\r\n\r\n");
        return raw;
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
