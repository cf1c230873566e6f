using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Objects;
using IssuerGateway.Kubernetes.Trust;
using IssuerGateway.Tls.Issuance;
using IssuerGateway.Tls.Issuance.Leadership;
using IssuerGateway.Tls.Issuance.Stores;
using IssuerGateway.Tls.Serving;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Tests.Tls.Issuance.Simulation;

/// <summary>One process: the real schedule, flow, store and state; its loops are driven step by step.</summary>
internal sealed class SimulatedReplica : IDisposable
{
    private static readonly IAccessSource access = new NoAccess();

    private readonly AcmeFixture gateway;
    private readonly AcmeService service;
    private bool hasLoadedAsLeader;

    public SimulatedReplica(SimulatedWorld world, int number, SimulatedCa ca, StandInObjectStore objects, SimulatedLeadership leadership)
    {
        UpSince = world.Now;
        SimulatedTime time = new(world, number);
        ClusterConnection connection = new(access) { Transport = () => new SimulatedApiServer(world, objects) };
        gateway = new AcmeFixture(new Uri($"{SimulatedCa.Base}/directory"), time, new FailFastStore(new SecretAcmeStore(new ClusterObjects(connection, "gateway"), "gw"), time), () => ca, world.Random, SpreadOf);
        AcmeCommands commands = new([gateway.Renewal], gateway.Context, leadership, new Logger<AcmeCommands>(gateway.Log.Factory));
        service = new AcmeService([gateway.Renewal], gateway.Context, leadership, commands, new Logger<AcmeService>(gateway.Log.Factory));
    }

    public DateTimeOffset UpSince { get; }

    public (DateTimeOffset NotBefore, DateTimeOffset NotAfter)? Served => gateway.Served is { } served ? (served.NotBefore, served.NotAfter) : null;

    public DateTimeOffset NextOrder => gateway.Renewal.Decide().At;

    public IReadOnlyList<string> Log => gateway.Log.Lines;

    public async Task StartAsync() => await service.LoadAsync(onlyChanges: false, CancellationToken.None);

    /// <summary>What AcmeService does in a turn as leader, or as a follower.</summary>
    public async Task StepAsync(bool isLeading)
    {
        if (!isLeading)
        {
            hasLoadedAsLeader = false;
            await service.LoadAsync(onlyChanges: false, CancellationToken.None);
            await service.HelpOurselvesAsync(CancellationToken.None);
            return;
        }

        hasLoadedAsLeader = hasLoadedAsLeader || await service.LoadAsync(onlyChanges: false, CancellationToken.None);
        if (hasLoadedAsLeader)
        {
            await gateway.Context.State.RepairAsync(CancellationToken.None);
            await gateway.Renewal.StepAsync(isForced: false, CancellationToken.None);
        }
        else
        {
            await service.HelpOurselvesAsync(CancellationToken.None);
        }
    }

    public void Dispose()
    {
        service.Dispose();
        gateway.Dispose();
    }

    // Not of the thumbprint, as otherwise: keys and signatures are different each time.
    private static double SpreadOf(ServingCertificate certificate) => new Random((int)(certificate.NotBefore - SimulatedWorld.Start).TotalSeconds).NextDouble();

    private sealed class NoAccess : IAccessSource
    {
        private readonly ApiServerAccess only = new() { Servers = [new Uri("http://api.example.test")], Trust = new TrustAnchors([], "none") };

        public string Description => "the simulated cluster";

        public AccessReading Read() => AccessReading.Of(only);
    }
}

/// <summary>Who leads, by the rules of a Lease: nobody without the API server. LeaseLeadership itself has its own tests.</summary>
internal sealed class SimulatedLeadership(SimulatedWorld world) : ILeadership
{
    public string? Leader => null;

    public string? Fault => IsReachable ? null : "the API server does not respond";

    public bool IsReachable => !world.Is(FaultKind.ApiDown) && !world.Is(FaultKind.ApiHangs) && !world.Is(FaultKind.ApiForbids) && !world.Is(FaultKind.ApiConflicts) && !world.Is(FaultKind.ApiRejects);

    public Task LeadAsync(Func<CancellationToken, Task> turn, CancellationToken cancellationToken) => throw new NotSupportedException();
}
