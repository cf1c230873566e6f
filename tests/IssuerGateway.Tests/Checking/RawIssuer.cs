using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Tests.Issuers;

namespace IssuerGateway.Tests.Checking;

/// <summary>A server that writes bytes of the test's choice, over TLS or without it, to everyone who connects.</summary>
internal sealed class RawIssuer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly TestAuthority authority = new();
    private readonly CancellationTokenSource stop = new();
    private readonly Task accepting;

    /// <param name="response">Writes to one connection after its request, or after TCP without TLS.</param>
    public RawIssuer(Func<Stream, CancellationToken, Task> response, bool useTls = true)
    {
        listener.Start();
        X509Certificate2 leaf = authority.Leaf(CheckFixture.Host);
        SslStreamCertificateContext context = SslStreamCertificateContext.Create(leaf, [authority.Intermediate], offline: true);
        accepting = AcceptAsync(response, useTls, context);
    }

    public async Task<CheckReport> CheckAsync(TimeSpan timeout, string profile = "entra")
    {
        CheckRequest request = new()
        {
            Issuer = Build.Identifier(),
            Parties = [RelyingParty.Find(profile)!],
            Timeout = timeout,
            Overrides = new ConnectionOverrides { ConnectTo = [new ConnectTo(null, null, "127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port)], Roots = [authority.Root] },
        };
        return await new IssuerCheck(request, upstream: null, exchange: null, TimeProvider.System).RunAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60));
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        authority.Dispose();
        stop.Dispose();
    }

    private async Task AcceptAsync(Func<Stream, CancellationToken, Task> response, bool useTls, SslStreamCertificateContext context)
    {
        List<Task> connections = [];
        while (!stop.IsCancellationRequested)
        {
            TcpClient client = await listener.AcceptTcpClientAsync(stop.Token);
            connections.Add(ServeAsync(client, response, useTls, context));
        }

        await Task.WhenAll(connections);
    }

    private async Task ServeAsync(TcpClient client, Func<Stream, CancellationToken, Task> response, bool useTls, SslStreamCertificateContext context)
    {
        using TcpClient connection = client;
        try
        {
            Stream stream = client.GetStream();
            if (useTls)
            {
                SslStream tls = new(stream);
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = context }, stop.Token);
                stream = tls;
                byte[] request = new byte[4096];
                if (await stream.ReadAsync(request, stop.Token) == 0)
                {
                    return;
                }
            }

            await response(stream, stop.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
        {
            // The check has gone, as it should.
        }
    }
}
