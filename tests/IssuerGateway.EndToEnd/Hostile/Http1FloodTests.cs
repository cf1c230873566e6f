using System.Net.Sockets;
using System.Text;

namespace IssuerGateway.EndToEnd.Hostile;

/// <summary>HTTP/1.1 within its rules, but as no relying party would speak it; every request gets a response.</summary>
public sealed class Http1FloodTests
{
    private const int Rate = 50;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_request_byte_by_byte(bool isPlain)
    {
        await using Attack attack = await Attack.PrepareAsync(isPlain);

        await attack.RunWithResponsesAsync($"a request byte by byte{Port(isPlain)}", Rate, async stop =>
        {
            await using Stream stream = await attack.OpenAsync(ClientSide.AnyAttacker(), stop);
            foreach (byte each in Request(attack.Port))
            {
                await stream.WriteAsync(new[] { each }, stop);
                await Task.Delay(TimeSpan.FromMilliseconds(10), stop);
            }

            return await RespondsAsync(stream, stop);
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_closes_its_side_right_after_its_request(bool isPlain)
    {
        await using Attack attack = await Attack.PrepareAsync(isPlain);

        await attack.RunWithResponsesAsync($"FIN right after a request{Port(isPlain)}", Rate, async stop =>
        {
            await using NetworkStream below = await ClientSide.ConnectAsync(attack.Port, ClientSide.AnyAttacker(), stop);
            await using Stream stream = isPlain ? below : await ClientSide.TlsAsync(below, stop);
            await stream.WriteAsync(Request(attack.Port), stop);
            below.Socket.Shutdown(SocketShutdown.Send);
            return await RespondsAsync(stream, stop);
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Resets_right_after_the_connection(bool isPlain)
    {
        await using Attack attack = await Attack.PrepareAsync(isPlain);
        byte[] request = Request(attack.Port);
        int next = 0;

        await attack.RunAsync($"resets right after the connection, its header or a request{Port(isPlain)}", async end =>
        {
            int count = await Attack.PaceAsync(300, async stop =>
            {
                byte[] header = ClientSide.Header(ClientSide.AnyAttacker());
                byte[] first = (Interlocked.Increment(ref next) % 3) switch
                {
                    0 => [],
                    1 => header,
                    _ => [.. header, .. request],
                };
                ClientSide.Reset(await ClientSide.SendAsync(attack.Port, first, stop));
            }, end);
            return $"{count} resets";
        });
    }

    private static byte[] Request(int port) =>
        Encoding.ASCII.GetBytes($"GET /openid/v1/jwks HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n");

    private static async Task<int> RespondsAsync(Stream stream, CancellationToken cancellationToken)
    {
        using StreamReader reader = new(stream, Encoding.Latin1);
        return (await reader.ReadToEndAsync(cancellationToken)).Split("HTTP/1.1 200 OK\r\n").Length - 1;
    }

    private static string Port(bool isPlain) => isPlain ? ", without TLS" : "";
}
