using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IssuerGateway.Configuration;
using IssuerGateway.Edge;
using IssuerGateway.Edge.Watchdog;
using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Objects;
using IssuerGateway.Tests.Edge;
using IssuerGateway.Tls;
using IssuerGateway.Tls.Serving;
using IssuerGateway.Tls.Serving.Challenges;
using IssuerGateway.Transport;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Prometheus;

namespace IssuerGateway.Tests.Tls;

/// <summary>A real Kestrel whose TLS is the gateway's; it responds <c>ok</c> to everything.</summary>
internal sealed class TlsFixture : IAsyncDisposable
{
    private readonly IHost app;

    private TlsFixture(IHost app, CapturedLog log, CollectorRegistry registry)
    {
        this.app = app;
        Log = log;
        Registry = registry;
        int[] ports = [.. app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(address => new Uri(address).Port)];
        (Port, HttpPort) = (ports[0], ports[1]);
    }

    public CapturedLog Log { get; }

    public CollectorRegistry Registry { get; }

    public int Port { get; }

    /// <summary>The plain listener.</summary>
    public int HttpPort { get; }

    public ServingCertificates Certificates => app.Services.GetRequiredService<ServingCertificates>();

    public T Service<T>() where T : notnull => app.Services.GetRequiredService<T>();

    public static TlsSettings Files(params (string Certificate, string Key)[] pairs) => Settings([
        .. pairs.SelectMany((pair, i) => new[] { ($"Certificates:{i}:CertificateFile", pair.Certificate), ($"Certificates:{i}:KeyFile", pair.Key) }),
    ]);

    /// <summary>Settings as an operator writes them, below <c>Tls</c>; of two values for one key the later.</summary>
    public static TlsSettings Settings(params (string Key, string Value)[] values)
    {
        IConfigurationRoot configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(values.GroupBy(value => value.Key).Select(same => new KeyValuePair<string, string?>($"Tls:{same.Key}", same.Last().Value))).Build();
        SettingsReader reader = new(configuration);
        TlsSettings settings = TlsSettings.Read(reader.Section("Tls"));
        Assert.Empty(reader.Errors());
        return settings;
    }

    public static async Task<TlsFixture> StartAsync(TlsSettings settings, IReadOnlyList<string>? hosts = null, TimeProvider? time = null, IAccessSource? access = null)
    {
        CapturedLog log = new();
        CollectorRegistry registry = Metrics.NewCustomRegistry();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton<ILoggerFactory>(log.Factory);
        builder.Services.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.AddSingleton<IMetricFactory>(Metrics.WithCustomRegistry(registry));
        if (access is not null)
        {
            builder.Services.AddSingleton(new ClusterConnection(access));
        }

        builder.Services.AddServingCertificates(settings, hosts ?? []);
        builder.Services.AddSingleton(new WatchdogSettings(hosts is [var first, ..] ? first : "localhost", () => { }, null));
        builder.Services.AddEdge(EdgeBuild.Settings(), new DrainSettings { Delay = TimeSpan.Zero, Grace = TimeSpan.FromSeconds(5) }, []);
        builder.Services.AddEdgeServer(
            kestrel =>
            {
                kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseServingCertificates(SocketConnection.StreamOf));
                kestrel.Listen(IPAddress.Loopback, 0);
            },
            provider => provider.GetService<ChallengeResponses>() is { } challenges ? new Http01Endpoint(challenges, RespondOkAsync).RespondAsync : RespondOkAsync);
        IHost app = builder.Build();
        await app.StartAsync();
        return new TlsFixture(app, log, registry);
    }

    private static async Task RespondOkAsync(IFeatureCollection features)
    {
        features.GetRequiredFeature<IHttpResponseFeature>().Headers.ContentLength = 2;
        await features.GetRequiredFeature<IHttpResponseBodyFeature>().Writer.WriteAsync("ok"u8.ToArray());
    }

    /// <summary>A handshake with the name as SNI (none when empty); every certificate that the server sent, leaf first.</summary>
    public async Task<IReadOnlyList<X509Certificate2>> HandshakeAsync(string serverName)
    {
        (SslStream stream, IReadOnlyList<X509Certificate2> sent) = await ConnectAsync(serverName);
        await stream.DisposeAsync();
        return sent;
    }

    public Task<(SslStream Stream, IReadOnlyList<X509Certificate2> Sent)> ConnectAsync(string serverName, params SslApplicationProtocol[] protocols) =>
        ConnectAsync(stream => stream, serverName, protocols);

    /// <summary>The server ends the handshake by an alert (RFC 8446 §6.2), not by silence and not by a reset.</summary>
    public Task AssertRejectsAsync(string serverName) => AssertRejectsAsync(serverName, "unrecognized name");

    public async Task AssertRejectsAsync(string serverName, string alert, params SslApplicationProtocol[] protocols)
    {
        AuthenticationException rejected = await Assert.ThrowsAsync<AuthenticationException>(() => ConnectAsync(serverName, protocols));
        Assert.Contains(alert, rejected.InnerException?.InnerException?.Message, StringComparison.Ordinal);
    }

    /// <summary>Every byte of the handshake in a segment of its own, or a few of them.</summary>
    public Task<(SslStream Stream, IReadOnlyList<X509Certificate2> Sent)> ConnectInPiecesAsync(string serverName, int pieceSize) =>
        ConnectAsync(stream => new PieceStream(stream, pieceSize), serverName);

    private async Task<(SslStream Stream, IReadOnlyList<X509Certificate2> Sent)> ConnectAsync(Func<Stream, Stream> wrap, string serverName, params SslApplicationProtocol[] protocols)
    {
        TcpClient connection = new() { NoDelay = true };
        await connection.ConnectAsync(IPAddress.Loopback, Port);
        List<X509Certificate2> sent = [];
        SslStream stream = new(wrap(connection.GetStream()));
        try
        {
            await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = serverName,
                ApplicationProtocols = [.. protocols],
                EnabledSslProtocols = SslProtocols.None,
                RemoteCertificateValidationCallback = (_, leaf, chain, _) =>
                {
                    // What came over the wire lies in ExtraStore; the built chain also has what this machine knows.
                    // The stream disposes its own objects, so they are copied.
                    sent.Add(X509CertificateLoader.LoadCertificate(leaf!.GetRawCertData()));
                    sent.AddRange(chain!.ChainPolicy.ExtraStore.Where(each => !each.Equals(leaf)).Select(each => X509CertificateLoader.LoadCertificate(each.RawData)));
                    return true;
                },
            });
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }

        return (stream, sent);
    }

    /// <summary>One request on a connection that stays open.</summary>
    public static async Task<string> QueryAsync(SslStream stream)
    {
        await stream.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
        byte[] buffer = new byte[4096];
        string response = "";
        while (!response.EndsWith("\r\n\r\nok", StringComparison.Ordinal))
        {
            int read = await stream.ReadAsync(buffer);
            Assert.NotEqual(0, read);
            response += Encoding.ASCII.GetString(buffer, 0, read);
        }

        return response.Split("\r\n")[0];
    }

    /// <summary><c>openssl s_client</c>, a TLS implementation with nothing of ours switched off.</summary>
    public async Task<string> OpenSslAsync(string input, params string[] arguments)
    {
        ProcessStartInfo start = new("openssl", ["s_client", "-connect", $"127.0.0.1:{Port}", .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["OPENSSL_CONF"] = "/dev/null";
        using Process process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output + await errors;
    }

    /// <summary>The metric lines whose name begins so, without help and type.</summary>
    public async Task<string[]> MetricsAsync(string prefix) => await MetricsAsync(Registry, prefix);

    public static async Task<string[]> MetricsAsync(CollectorRegistry registry, string prefix)
    {
        using MemoryStream text = new();
        await registry.CollectAndExportAsTextAsync(text);
        return [.. Encoding.UTF8.GetString(text.ToArray()).Split('\n').Where(line => line.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        app.Dispose();
    }

    private sealed class PieceStream(Stream inner, int size) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count)
        {
            for (int i = 0; i < count; i += size)
            {
                inner.Write(buffer, offset + i, Math.Min(size, count - i));
            }
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            for (int i = 0; i < buffer.Length; i += size)
            {
                await inner.WriteAsync(buffer.Slice(i, Math.Min(size, buffer.Length - i)), cancellationToken);
                await Task.Yield();
            }
        }

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
