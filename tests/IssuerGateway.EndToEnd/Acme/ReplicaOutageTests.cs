using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Demo;
using IssuerGateway.EndToEnd.Gateway;
using IssuerGateway.Tests.Tls;

namespace IssuerGateway.EndToEnd.Acme;

/// <summary>An API server that is down or hangs while certificates are kept in its Secrets.</summary>
[Trait("Waits", "true")]
public sealed class ReplicaOutageTests : ReplicaSite
{
    // C4: what could not be stored was never stored again.
    [Fact]
    public async Task What_an_operator_renewed_during_an_outage_of_the_API_server_is_stored_when_it_is_back()
    {
        await using Pebble ca = await Pebble.StartAsync(Site.Validated with { Validity = 120 });
        await using GatewayRun gateway = Serve(ca, "http-01");
        string first = (await Site.CertificateAsync(gateway, ca))[0].Thumbprint;
        await AcmeSite.UntilAsync(() => Task.FromResult(gateway.Output.Contains("Next certificate for", StringComparison.Ordinal)), gateway, ca);
        string before = StoredChain();
        Cluster.Reject = request => request.Contains($"/secrets/issuer-gateway-tls-{AcmeSite.Host}", StringComparison.Ordinal) ? 503 : null;

        (int exitCode, string error) = await Site.RenewAsync();
        Assert.True(exitCode == 0, error);
        Assert.NotEqual(first, (await Site.HandshakeAsync())![0].Thumbprint);
        Assert.Equal(before, StoredChain());

        Cluster.Reject = _ => null;
        await AcmeSite.UntilAsync(() => Task.FromResult(StoredChain() != before), gateway, ca);
        Assert.InRange(ca.Issued, 2, 4);
    }

    // The leader stops leading, and each look at the store takes 5 s: certificates of two minutes once expired meanwhile.
    [Fact]
    public async Task An_API_server_that_hangs_for_longer_than_a_certificate_lasts_lets_none_expire()
    {
        await using Pebble ca = await Pebble.StartAsync(Site.Validated with { Validity = 120 });
        await using GatewayRun gateway = Serve(ca, "http-01");
        await Site.CertificateAsync(gateway, ca);
        await AcmeSite.UntilAsync(() => Task.FromResult(StoredChain().Length > 100), gateway, ca);
        TaskCompletionSource back = new();
        Cluster.BeforeResponse = _ => back.Task;
        long began = System.Diagnostics.Stopwatch.GetTimestamp();
        while (System.Diagnostics.Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(150))
        {
            X509Certificate2 served = (await Site.HandshakeAsync())![0];
            Assert.True(TimeProvider.System.GetUtcNow() < served.NotAfter.ToUniversalTime(), $"served until {served.NotAfter:u}\n{gateway.Output}");
            await Task.Delay(500);
        }

        // What was ordered meanwhile is stored when the server is back.
        string stored = StoredChain();
        Cluster.BeforeResponse = _ => Task.CompletedTask;
        back.SetResult();
        await AcmeSite.UntilAsync(() => Task.FromResult(StoredChain() != stored), gateway, ca);
        Assert.InRange(ca.Issued, 2, 5);
    }
}
