using System.Security.Cryptography.X509Certificates;
using IssuerGateway.EndToEnd.Gateway;

namespace IssuerGateway.EndToEnd.Acme;

/// <summary>One replica gets nothing from the store, while the leader works.</summary>
[Trait("Waits", "true")]
public sealed class LoneReplicaTests : ReplicaSite
{
    // As a real API server showed it: the CA comes to the replica that works, which knew nothing of the order of the other one; and
    // an immutable Secret takes a write that changes nothing, so that the one that does not lead took the store for sound.
    [Theory]
    [InlineData("cut off")]
    [InlineData("immutable")]
    public async Task Orders_for_itself_in_time(string fault)
    {
        await using Pebble ca = await Pebble.StartAsync(Site.Validated with { Validity = 60 });
        await using GatewayRun validated = Serve(ca, "http-01");
        await Site.CertificateAsync(validated, ca);
        await using GatewayRun alone = ServeElsewhere(ca, "http-01");
        await AcmeSite.UntilAsync(async () => await ServedElsewhereAsync() is not null, alone, ca);
        if (fault == "cut off")
        {
            Cluster.CutOff(1);
        }
        else
        {
            Cluster.Objects["/api/v1/namespaces/gateway/secrets/issuer-gateway-acme"]["immutable"] = true;
            CertificateSecret()["immutable"] = true;
        }

        // What it serves when it is cut off may be the second one already.
        X509Certificate2 first = (await ServedElsewhereAsync())!, served = first;
        while (served.Thumbprint == first.Thumbprint)
        {
            await Task.Delay(500);
            served = (await ServedElsewhereAsync())!;
            Assert.True(TimeProvider.System.GetUtcNow() < served.NotAfter.ToUniversalTime(), $"served until {served.NotAfter:u}\n{alone.Output}");
        }
    }

    private async Task<X509Certificate2?> ServedElsewhereAsync() => (await AcmeSite.HandshakeAsync(OtherPorts[1], AcmeSite.Host))?[0];
}
