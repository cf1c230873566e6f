using IssuerGateway.Issuers;
using Yarp.ReverseProxy.Model;

namespace IssuerGateway.Upstream;

/// <summary>How one API server does: by its /readyz probe and by the last refresh. It orders and explains, it never decides.</summary>
internal sealed record ServerHealth(string Issuer, string Server, DestinationHealth Probe, DestinationHealth Fetch)
{
    /// <summary>Servers that are well come first.</summary>
    public int Rank => Math.Max(RankOf(Probe), RankOf(Fetch));

    private static int RankOf(DestinationHealth health) => health switch
    {
        DestinationHealth.Healthy => 0,
        DestinationHealth.Unknown => 1,
        _ => 2,
    };
}
