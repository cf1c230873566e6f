using IssuerGateway.Tests.Acme;
using IssuerGateway.Tls.Issuance;
using IssuerGateway.Tls.Issuance.Orders;
using IssuerGateway.Tls.Issuance.Stores;
using IssuerGateway.Tls.Serving;
using IssuerGateway.Tls.Serving.Challenges;
using Microsoft.Extensions.Logging;
using Prometheus;

namespace IssuerGateway.Tests.Tls.Issuance;

/// <summary>One host's renewal against the stand-in CA, driven step by step on a fake clock: a process without its loops.</summary>
internal sealed class AcmeFixture : IDisposable
{
    public const string Host = "a.example.test";

    private readonly ILoggerFactory loggers;

    public AcmeFixture(StandInCa ca, string directory, TimeProvider time, IAcmeStore? store = null, string host = Host, params (string Key, string Value)[] more)
        : this(ca.Directory, directory, time, store, host, transport: null, more)
    {
    }

    /// <summary>With a CA that is no server, and a store that is no directory.</summary>
    public AcmeFixture(Uri ca, TimeProvider time, IAcmeStore store, Func<HttpMessageHandler> transport, params (string Key, string Value)[] more) : this(ca, "/nowhere", time, store, Host, transport, more)
    {
    }

    /// <summary>And with nothing left to chance.</summary>
    public AcmeFixture(Uri ca, TimeProvider time, IAcmeStore store, Func<HttpMessageHandler> transport, Random random, Func<ServingCertificate, double> spread) : this(ca, time, store, transport)
    {
        Context = Context with { Random = random, Spread = spread };
        Renewal = new HostRenewal(Context, Host);
    }

    private AcmeFixture(Uri ca, string directory, TimeProvider time, IAcmeStore? store, string host, Func<HttpMessageHandler>? transport, params (string Key, string Value)[] more)
    {
        Log = new CapturedLog();
        loggers = Log.Factory;
        Registry = Metrics.NewCustomRegistry();
        IMetricFactory factory = Metrics.WithCustomRegistry(Registry);
        Settings = TlsFixture.Settings([
            ("Mode", "Acme"), ("Acme:Directory", ca.OriginalString), ("Acme:CaFile", Path.Combine(directory, "ca.pem")),
            ("Acme:AcceptTerms", "true"), ("Acme:StoreDirectory", Path.Combine(directory, "store")), .. more.Select(pair => ($"Acme:{pair.Key}", pair.Value)),
        ]).Acme;
        TlsMetrics metrics = new(factory);
        Certificates = new ServingCertificates([host], metrics, new Logger<ServingCertificates>(loggers));
        Intake = new CertificateUpdater(Certificates, metrics, time, new Logger<CertificateUpdater>(loggers));
        Responses = new ChallengeResponses(time);
        Store = store ?? new DirectoryAcmeStore(Settings.StoreDirectory, time);
        StateCache = new AcmeStateCache([host], Store, Responses);
        Accounts = new AcmeAccounts(Settings, new AcmeHttp(Settings, transport), StateCache, time, new Logger<AcmeAccounts>(loggers));
        Context = new IssuanceContext(Settings, Accounts, StateCache, Store, Certificates, Intake, new AcmeMetrics(factory), time, loggers);
        Renewal = new HostRenewal(Context, host);
    }

    public CapturedLog Log { get; }

    public CollectorRegistry Registry { get; }

    public AcmeSettings Settings { get; }

    public ServingCertificates Certificates { get; }

    public CertificateUpdater Intake { get; }

    public ChallengeResponses Responses { get; }

    public IAcmeStore Store { get; }

    public AcmeStateCache StateCache { get; }

    public AcmeAccounts Accounts { get; }

    public IssuanceContext Context { get; }

    public HostRenewal Renewal { get; }

    public ServingCertificate? Served => Certificates.In(Renewal.Host);

    public HostState State => StateCache.Current.Host(Renewal.Host);

    /// <summary>As a start does: what the store holds is in force.</summary>
    public async Task<AcmeFixture> LoadAsync()
    {
        StoredState stored = await Store.LoadAsync(CancellationToken.None);
        if (stored.State is { } state)
        {
            StateCache.Adopt(state);
        }

        if (await Store.ReadCertificateAsync(Renewal.Host, CancellationToken.None) is { } offer)
        {
            Intake.TryUpdate(Renewal.Host, offer, fromCa: true);
        }

        return this;
    }

    public void Dispose()
    {
        Accounts.Dispose();
        StateCache.Dispose();
    }
}
