using System.Text.Json;
using IssuerGateway.Ctl.Cluster.Reports;

namespace IssuerGateway.Tests.Ctl.Cluster;

/// <summary>JSON on a terminal: what a cluster calls its nodes must not reorder or hide what stands beside it.</summary>
public sealed class ClusterJsonEscapeTests
{
    [Fact]
    public void Escapes_what_reorders_or_hides_text()
    {
        string escaped = ClusterJson.Escaped("{\"a\":\"x\u202ey\u200bz\u00e9\"}");

        Assert.Equal("{\"a\":\"x\\u202ey\\u200bz\u00e9\"}", escaped);
        Assert.Equal("x\u202ey\u200bz\u00e9", JsonDocument.Parse(escaped).RootElement.GetProperty("a").GetString());
    }
}
