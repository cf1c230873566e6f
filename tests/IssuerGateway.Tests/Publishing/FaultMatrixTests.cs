using IssuerGateway.Demo.StandIn;

namespace IssuerGateway.Tests.Publishing;

/// <summary>
/// Every fault of an API server, from its socket to what relying parties and operators see, in every situation of
/// tests/FAULTS.md: one or three servers, one or all of them faulty, cold, warm and restarted.
/// </summary>
public sealed class FaultMatrixTests : IDisposable
{
    // Not what is tried here, and slow to make.
    private static readonly ServiceAccountKey key = ServiceAccountKey.Create();

    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    public static TheoryData<string, int, bool> Faults
    {
        get
        {
            TheoryData<string, int, bool> data = [];
            foreach (NamedFault fault in FaultTable.Faults)
            {
                data.Add(fault.Fault, 1, true);
                data.Add(fault.Fault, 3, true);
                if (fault.CanHitOneOfThree)
                {
                    data.Add(fault.Fault, 3, false);
                }
            }

            return data;
        }
    }

    [Fact]
    public void Every_fault_of_the_stand_in_has_its_row()
    {
        IEnumerable<string> withoutRow = Enum.GetNames<FaultKind>().Except(["Status"]).Except(FaultTable.Faults.Select(fault => fault.Fault));

        Assert.Empty(withoutRow);
        Assert.Equal(12, FaultTable.Situations.Count);
        Assert.Equal(288, FaultTable.Faults.Sum(fault => fault.CanHitOneOfThree ? 12 : 8));
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Each_cell_is_as_it_is_written_down(string fault, int servers, bool allAreFaulty)
    {
        await using StandInCluster cluster = await StandInCluster.StartAsync(new StandInOptions { Servers = servers, Keys = [key] });
        string rule = FaultTable.Faults.Single(row => row.Fault == fault).Rule;
        FaultSituation[] situations = [.. FaultTable.Situations.Where(row => row.Servers == servers && row.AllAreFaulty == allAreFaulty)];
        Assert.Equal(4, situations.Length);
        FaultySite[] sites = [.. situations.Select((situation, i) => new FaultySite(cluster, Directory.CreateDirectory(directory.File($"{i}")).FullName, situation, fault))];
        try
        {
            await Task.WhenAll(sites.Select(site => site.PrepareAsync()));
            StandInApiServer[] broken = allAreFaulty ? [.. cluster.Servers] : [cluster.Servers[1]];
            await UpstreamFault.BreakAsync(fault, cluster, broken, [.. sites.Select(site => site.TokenFile)]);

            Array.ForEach(sites, site => site.Age());
            await Task.WhenAll(sites.Select(site => site.RefreshAsync()));
            foreach (FaultySite site in sites)
            {
                await site.AssertAsync(rule, faulty: broken.Length);
            }

            await UpstreamFault.RepairAsync(fault, cluster, [.. sites.Select(site => site.Files)]);
            await Task.WhenAll(sites.Select(site => site.AssertRecoversAsync()));
        }
        finally
        {
            foreach (FaultySite site in sites)
            {
                await site.DisposeAsync();
            }
        }
    }
}
