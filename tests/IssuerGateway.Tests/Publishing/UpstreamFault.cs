using System.Collections.Immutable;
using IssuerGateway.Demo.StandIn;

namespace IssuerGateway.Tests.Publishing;

/// <summary>Brings about a fault of tests/FAULTS.md at API servers, and takes it away again.</summary>
internal static class UpstreamFault
{
    public static async Task BreakAsync(string fault, StandInCluster cluster, IReadOnlyList<StandInApiServer> servers, IReadOnlyList<string> tokenFiles)
    {
        switch (fault)
        {
            case "Stopped":
                foreach (StandInApiServer server in servers)
                {
                    await server.StopAsync();
                }

                break;
            case "TokenMissing":
                ForEach(tokenFiles, File.Delete);
                break;
            case "TokenEmpty":
                ForEach(tokenFiles, file => File.WriteAllText(file, ""));
                break;
            case "TokenExpired":
                ForEach(tokenFiles, file => cluster.Revoke(File.ReadAllText(file)));
                break;
            default:
                ForEach(servers, server => server.Break([FaultOf(fault)]));
                break;
        }
    }

    public static async Task RepairAsync(string fault, StandInCluster cluster, IReadOnlyList<ClusterFiles> files)
    {
        foreach (StandInApiServer server in cluster.Servers)
        {
            server.Repair();
            if (fault == "Stopped")
            {
                await server.StopAsync();
                await server.StartAsync();
            }
        }

        ForEach(files, each => each.WriteToken());
    }

    private static Fault FaultOf(string name) => name switch
    {
        "OversizeChunked" => new Fault(FaultKind.Oversize) { Chunked = true },
        _ when name.StartsWith("Status", StringComparison.Ordinal) => Fault.OfStatus(int.Parse(name["Status".Length..])),
        _ => new Fault(Enum.Parse<FaultKind>(name)),
    };

    private static void ForEach<T>(IEnumerable<T> each, Action<T> act) => each.ToImmutableList().ForEach(act);
}
