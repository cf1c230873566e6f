using System.Security.Cryptography.X509Certificates;
using IssuerGateway.EndToEnd.Gateway;

namespace IssuerGateway.EndToEnd.Acme;

/// <summary>A class of its own, because it takes two minutes: nothing of <see cref="PebbleTests"/> waits for it.</summary>
[Trait("Waits", "true")]
public sealed class ShortLifeTests : IDisposable
{
    private readonly AcmeSite site = new();

    public void Dispose() => site.Dispose();

    // C1 and C2: after the fourth certificate nothing was ordered for a week, whatever the lifetime, also when none was left.
    [Fact]
    public async Task Never_serves_an_expired_certificate_however_short_its_life_and_orders_at_once_when_it_is_lost()
    {
        await using Pebble ca = await Pebble.StartAsync(site.Validated with { Validity = 60 });
        await using (GatewayRun gateway = site.Serve(ca))
        {
            await site.CertificateAsync(gateway, ca);
            while (ca.Issued < 5)
            {
                X509Certificate2 served = (await site.HandshakeAsync())![0];
                Assert.True(TimeProvider.System.GetUtcNow() < served.NotAfter.ToUniversalTime(), $"served until {served.NotAfter:u}");
                await Task.Delay(500);
            }

            await AcmeSite.UntilAsync(() => Task.FromResult(gateway.Output.Split("Next certificate for").Length > 5), gateway, ca);
        }

        File.Delete(Path.Combine(site.PathOf("store"), $"{AcmeSite.Host}.pem"));
        await using GatewayRun restarted = site.Serve(ca);
        await site.CertificateAsync(restarted, ca);

        Assert.Equal(6, ca.Issued);
    }
}
