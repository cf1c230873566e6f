using System.Net;
using System.Net.Sockets;
using System.Text;
using IssuerGateway.Edge;
using IssuerGateway.Edge.Connections;
using IssuerGateway.Edge.Watchdog;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing;
using IssuerGateway.Tests.Issuers;
using IssuerGateway.Tests.Publishing;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Prometheus;

namespace IssuerGateway.Tests.Edge;

/// <summary>The edge on a real Kestrel without TLS, with the recorded documents published; requests go over a raw socket.</summary>
internal sealed class EdgeFixture : IAsyncDisposable
{
    private readonly IHost app;
    private readonly CollectorRegistry registry;

    private EdgeFixture(IHost app, DocumentStore published, CapturedLog log, CollectorRegistry registry)
    {
        this.app = app;
        this.registry = registry;
        Published = published;
        Log = log;
        Port = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;
    }

    public DocumentStore Published { get; }

    public CapturedLog Log { get; }

    public int Port { get; }

    public IServiceProvider Services => app.Services;

    public static Task<EdgeFixture> StartAsync(Issuer? issuer = null, bool isPublished = true, params IEnumerable<string> further) =>
        StartAsync(issuer ?? Build.Issuer(), published: null, isPublished, further);

    /// <summary>In front of what a publisher publishes; its store stays the publisher's.</summary>
    public static Task<EdgeFixture> BeforeAsync(Issuer issuer, DocumentStore published) => StartAsync(issuer, published, isPublished: false, []);

    private static async Task<EdgeFixture> StartAsync(Issuer issuer, DocumentStore? published, bool isPublished, IEnumerable<string> further)
    {
        EdgeSettings settings = EdgeBuild.Settings(["Edge:Address=127.0.0.1", "Edge:HttpPort=0", "Edge:HttpsPort=0", .. further]);
        CapturedLog log = new();
        published ??= new DocumentStore(TimeProvider.System);
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddLogging();
        builder.Services.AddSingleton(log.For<AccessLog>());
        builder.Services.AddSingleton(log.For<RejectionLog>());
        builder.Services.AddSingleton(TimeProvider.System);
        CollectorRegistry registry = Metrics.NewCustomRegistry();
        builder.Services.AddSingleton<IMetricFactory>(Metrics.WithCustomRegistry(registry));
        builder.Services.AddSingleton(published);
        builder.Services.AddSingleton(new WatchdogSettings(null, () => { }, null));
        builder.Services.AddEdge(settings, new DrainSettings { Delay = TimeSpan.Zero, Grace = TimeSpan.FromSeconds(5) }, [issuer]);
        builder.Services.AddEdgeServer(
            kestrel => kestrel.ConfigurePublicEndpoints(settings, useTls: null, needsPlainHttp: false), provider =>
            {
                DocumentEndpoint documents = provider.GetRequiredService<DocumentEndpoint>();
                return settings.ProbePath is { } probe ? new ProbeEndpoint(probe, provider.GetRequiredService<DrainState>(), documents.RespondAsync).RespondAsync : documents.RespondAsync;
            });
        IHost app = builder.Build();
        await app.StartAsync();
        EdgeFixture fixture = new(app, published, log, registry);
        if (isPublished)
        {
            fixture.Publish(issuer);
        }

        return fixture;
    }

    /// <summary>The line of /metrics that begins with this.</summary>
    public async Task<string?> MetricAsync(string name)
    {
        using MemoryStream text = new();
        await registry.CollectAndExportAsTextAsync(text);
        return Encoding.UTF8.GetString(text.ToArray()).Split('\n').FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
    }

    public void Publish(Issuer issuer, string keys = "jwks-one-rsa") => Published.Publish(
        issuer.Identifier,
        IssuerDocuments.Create(issuer, DiscoveryDocument.Parse(PublisherFixture.RecordedPair().Discovery, out _)!, KeySet.Parse(Recorded.Body(keys), out _)!, "public, max-age=300"),
        TimeSpan.FromDays(1));

    /// <summary>Sends bytes as they are and returns all that comes back until the server closes.</summary>
    public async Task<string> SendAsync(string request)
    {
        using TcpClient connection = new();
        await connection.ConnectAsync(IPAddress.Loopback, Port);
        NetworkStream stream = connection.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        using StreamReader reader = new(stream, Encoding.Latin1);
        return await reader.ReadToEndAsync();
    }

    /// <summary>One request; status line and headers sorted, without Date, then an empty line and the body.</summary>
    public async Task<string> QueryAsync(string method, string target, string headers = "", string host = "issuer.example.test") =>
        Normal(await SendAsync($"{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n"));

    public static string Normal(string response)
    {
        int end = response.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        string[] lines = response[..end].Split("\r\n");
        IEnumerable<string> headers = lines[1..].Where(line => !line.StartsWith("Date: ", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        return string.Join('\n', [lines[0], .. headers, "", response[(end + 4)..]]);
    }

    /// <summary>Ends the edge and leaves what is published to its publisher.</summary>
    public async Task StopAsync()
    {
        await app.StopAsync();
        app.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Published.Dispose();
    }
}
