using System.Collections.Immutable;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace IssuerGateway.Demo.StandIn;

/// <summary>
/// One API server of a <see cref="StandInCluster"/> on a loopback port of its own: real Kestrel, real TLS. What it
/// publishes, signs with and does wrong can be changed while it runs, apart from its siblings, as in a rolling restart.
/// </summary>
internal sealed class StandInApiServer : IAsyncDisposable
{
    private readonly StandInCluster cluster;
    private readonly X509Certificate2 certificate;
    private readonly ConnectionRegister connections = new();
    private readonly Lock gate = new();
    private X509Certificate2 presented;
    private CancellationTokenSource faultsChanged = new();
    private WebApplication? application;

    public StandInApiServer(StandInCluster cluster, StandInOptions options, ImmutableList<ServiceAccountKey> keys)
    {
        this.cluster = cluster;
        Issuer = options.Issuer;
        JwksUri = options.JwksUri;
        MaxAge = options.MaxAge;
        Keys = keys;
        SigningKey = keys[0];
        certificate = cluster.Ca.IssueServerCertificate();
        presented = certificate;
    }

    public string Issuer { get; set; }

    public string JwksUri { get; set; }

    public TimeSpan MaxAge { get; set; }

    /// <summary>Whether the EndpointSlices of default/kubernetes name this server.</summary>
    public bool Announced { get; set; } = true;

    /// <summary>The published public keys, in order.</summary>
    public ImmutableList<ServiceAccountKey> Keys { get; private set; }

    public ServiceAccountKey SigningKey { get; private set; }

    /// <summary>The faults in force; the first that concerns a request decides.</summary>
    public ImmutableList<Fault> Faults { get; private set; } = [];

    public RequestLog Requests { get; } = new();

    /// <summary>Kept across a stop and a start.</summary>
    public int Port { get; private set; }

    public Uri Url => new($"https://127.0.0.1:{Port}");

    /// <summary>The fault that decides a request, and the end of its reign, as of one moment.</summary>
    public (Fault? Fault, CancellationToken Over) FaultOn(FaultTarget target)
    {
        lock (gate)
        {
            return (Faults.FirstOrDefault(fault => (fault.On & target) != 0), faultsChanged.Token);
        }
    }

    /// <summary>Publishes a public key after those already published; does not sign with it.</summary>
    public void AddKey(ServiceAccountKey key)
    {
        lock (gate)
        {
            Keys = Keys.Add(key);
        }
    }

    /// <summary>Publishes exactly these keys.</summary>
    public void SetKeys(params IEnumerable<ServiceAccountKey> keys)
    {
        lock (gate)
        {
            Keys = [.. keys];
        }
    }

    public void RemoveKey(ServiceAccountKey key)
    {
        lock (gate)
        {
            Keys = Keys.Remove(key);
        }
    }

    /// <summary>Signs new tokens with this key, published or not: some rotate in the wrong order.</summary>
    public void SignWith(ServiceAccountKey key) => SigningKey = key;

    /// <summary>Puts these faults in the place of all earlier ones.</summary>
    public void Break(params ImmutableList<Fault> faults)
    {
        X509Certificate2 next = faults.Select(fault => fault.Kind).FirstOrDefault(kind => kind >= FaultKind.CertificateOfAnotherCa) switch
        {
            FaultKind.CertificateOfAnotherCa => OfAnotherCa(),
            FaultKind.CertificateOfAnotherName => cluster.Ca.IssueServerCertificate("other.example.test"),
            _ => certificate,
        };
        CancellationTokenSource before;
        bool otherCertificate;
        lock (gate)
        {
            Faults = faults;
            otherCertificate = next != presented;
            presented = next;
            before = faultsChanged;
            faultsChanged = new CancellationTokenSource();
        }

        before.Cancel();
        if (otherCertificate)
        {
            connections.DropAll();
        }
    }

    public void Break(FaultKind kind, FaultTarget on = FaultTarget.Documents) => Break([new Fault(kind, on)]);

    public void Repair() => Break([]);

    /// <summary>A ServiceAccount token signed as this server signs at the moment.</summary>
    public MintedToken Mint(ServiceAccount account, IReadOnlyList<string>? audiences = null, TimeSpan? lifetime = null) =>
        cluster.Remember(TokenMint.Mint(SigningKey, Issuer, account, audiences ?? [Issuer], cluster.Time.GetUtcNow(), lifetime ?? TimeSpan.FromHours(1)));

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, Port, Configure);
        });
        WebApplication started = builder.Build();
        ApiRequests requests = new(cluster, this);
        started.Run(requests.HandleAsync);
        await started.StartAsync(cancellationToken);
        application = started;
        Port = new Uri(started.Urls.Single()).Port;
    }

    /// <summary>Connections are refused until it is started again, on the same port.</summary>
    public async Task StopAsync()
    {
        if (application is { } running)
        {
            application = null;
            connections.DropAll();
            await running.StopAsync();
            await running.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        faultsChanged.Dispose();
        certificate.Dispose();
    }

    private void Configure(ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.Use(connections.Track);
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
            {
                ServerCertificate = presented,

                // Requested and never demanded; who it is for is the authenticator's question, as in the API server.
                ClientCertificateRequired = true,
#pragma warning disable CA5359 // StandInCluster.Authenticate validates it against the CA of the cluster.
                RemoteCertificateValidationCallback = (_, _, _, _) => true,
#pragma warning restore CA5359
            }),
        });
    }

    private static X509Certificate2 OfAnotherCa()
    {
        using ClusterCa other = new();
        return other.IssueServerCertificate();
    }
}
