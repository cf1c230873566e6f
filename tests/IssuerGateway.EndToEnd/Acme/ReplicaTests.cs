using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Demo;
using IssuerGateway.EndToEnd.Gateway;
using IssuerGateway.Tests.Tls;

namespace IssuerGateway.EndToEnd.Acme;

/// <summary>Two gateway processes that share Secrets and a Lease.</summary>
[Trait("Waits", "true")]
public sealed class ReplicaTests : ReplicaSite
{
    [Theory]
    [InlineData("http-01")]
    [InlineData("tls-alpn-01")]
    public async Task One_orders_and_the_other_responds_to_the_challenge_and_both_serve(string challenge)
    {
        await using Pebble ca = await Pebble.StartAsync(Site.Validated);
        await using GatewayRun leader = ServeElsewhere(ca, challenge);
        await LeadsAsync(leader, ca);
        await using GatewayRun validated = Serve(ca, challenge);

        IReadOnlyList<X509Certificate2> chain = await Site.CertificateAsync(validated, ca);

        await AcmeSite.UntilAsync(async () => await AcmeSite.HandshakeAsync(OtherPorts[1], AcmeSite.Host) is not null, leader, ca);
        Assert.Equal(chain[0].Thumbprint, (await AcmeSite.HandshakeAsync(OtherPorts[1], AcmeSite.Host))![0].Thumbprint);
        Assert.Equal(1, ca.Issued);
        Assert.DoesNotContain("Ordering a certificate", validated.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_death_of_the_leader_in_the_middle_of_an_order_hands_over()
    {
        await using Pebble ca = await Pebble.StartAsync(Site.Validated);
        GatewayRun leader = ServeElsewhere(ca, "http-01");
        await LeadsAsync(leader, ca);
        await using GatewayRun heir = Serve(ca, "http-01");
        await AcmeSite.UntilAsync(() => Task.FromResult(ca.Orders > 0), leader, ca);
        leader.Kill();
        await leader.DisposeAsync();

        await Site.CertificateAsync(heir, ca);

        Assert.Equal(1, ca.Issued);
        Assert.InRange(ca.Orders, 1, 2);
    }

    [Fact]
    public async Task Responses_of_the_API_server_that_come_in_pieces_hold_up_nobody()
    {
        // Long enough for the head to be read alone.
        Cluster.BeforeBody = () => Task.Delay(TimeSpan.FromMilliseconds(100));
        await using Pebble ca = await Pebble.StartAsync(Site.Validated);
        await using GatewayRun gateway = Serve(ca, "tls-alpn-01");

        await Site.CertificateAsync(gateway, ca);

        Assert.Equal(1, ca.Issued);
    }

    // C3: the follower once stayed dark for up to 60 days.
    [Theory]
    [InlineData(120)]
    [InlineData(3600)]
    public async Task The_leader_repairs_a_damaged_Secret_and_a_follower_that_starts_serves_it(int validity)
    {
        await using Pebble ca = await Pebble.StartAsync(Site.Validated with { Validity = validity });
        await using GatewayRun leader = Serve(ca, "http-01");
        string first = (await Site.CertificateAsync(leader, ca))[0].Thumbprint;
        await AcmeSite.UntilAsync(() => Task.FromResult(StoredChain().Length > 100), leader, ca);
        CertificateSecret()["data"]!["tls.crt"] = Convert.ToBase64String("garbage"u8);

        await using GatewayRun follower = ServeElsewhere(ca, "http-01");

        // With two minutes it may renew itself before it looks at the store, so what both serve is compared, not which one it is.
        await AcmeSite.UntilAsync(async () => await AcmeSite.HandshakeAsync(OtherPorts[1], AcmeSite.Host) is { } chain && chain[0].Thumbprint == (await Site.HandshakeAsync())![0].Thumbprint, follower, ca);
        await AcmeSite.UntilAsync(() => Task.FromResult(StoredChain().Length > 100), leader, ca);
        if (validity > 120)
        {
            Assert.Equal(first, (await Site.HandshakeAsync())![0].Thumbprint);
            await leader.PrintsAsync("was damaged");
            Assert.Contains(leader.Output.Split('\n'), line => line.Contains("was damaged", StringComparison.Ordinal) && line.Contains("the one in force, valid until", StringComparison.Ordinal));
        }
    }
}
