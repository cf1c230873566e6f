using System.Net;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.EndToEnd.Acme;
using IssuerGateway.EndToEnd.Gateway;
using IssuerGateway.Tests;
using IssuerGateway.Tests.Tls;

namespace IssuerGateway.EndToEnd.Faults;

/// <summary>A volume whose server is gone: every access waits in the kernel, for reads, writes, looks and the end alike.</summary>
[Trait("Waits", "true")]
public sealed class HungMountTests
{
    [Fact]
    public async Task A_state_directory_that_hangs_holds_up_neither_documents_nor_a_restart_nor_the_end()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        using HungMount? volume = await HungMount.TryMountAsync(site.PathOf("volume"));
        if (volume is null)
        {
            return;
        }

        string state = $"StateDirectory={site.PathOf("volume")}";
        await using (GatewayRun gateway = await site.ServeUntilReadyAsync(state))
        {
            using HttpClient relyingParty = site.Public();
            await GatewayFixture.WaitAsync(() => Task.FromResult(Directory.GetFiles(volume.Backing, "*.json").Length == 3), () => gateway.Output);
            volume.Hang();
            for (int rotations = 0; rotations < 3; rotations++)
            {
                await site.RotateAsync(gateway, relyingParty);
            }

            await site.UntilStatusAsync(gateway, status => status.Contains("writing to StateDirectory timed out after 5 s", StringComparison.Ordinal));
            Assert.Equal(HttpStatusCode.OK, await site.StatusOfAsync("/readyz"));
            Assert.Equal(HttpStatusCode.OK, await site.StatusOfAsync("/livez"));
            await gateway.SignalAsync("TERM");
            Assert.Equal(0, await gateway.ExitAsync());
        }

        // It starts without what it cannot read.
        await using GatewayRun restarted = await site.ServeUntilReadyAsync(state);
        Assert.Contains("reading StateDirectory timed out after 5 s", restarted.Output, StringComparison.Ordinal);
        using HttpClient later = site.Public();
        string published = await site.RotateAsync(restarted, later);

        volume.Respond();
        await site.UntilStatusAsync(restarted, status => !status.Contains("\"state-", StringComparison.Ordinal));
        await site.RotateAsync(restarted, later);
        await GatewayFixture.WaitAsync(() => Task.FromResult(Directory.GetFiles(volume.Backing, "issuer-*.json").Any(file => File.GetLastWriteTimeUtc(file) > TimeProvider.System.GetUtcNow().AddSeconds(-60))), () => restarted.Output);
        Assert.Contains("keys", published, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_CA_and_serving_certificate_on_a_volume_that_hangs_leave_the_documents_published()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        using HungMount? volume = await HungMount.TryMountAsync(site.PathOf("volume"));
        if (volume is null)
        {
            return;
        }

        (string chain, string key) = new TestCa().Issue("localhost");
        IssuerGateway.EndToEnd.Secrets.SecretsOfTheRun.RegisterKey("the key of a serving certificate", key);
        await File.WriteAllTextAsync(Path.Combine(volume.Backing, "tls.crt"), chain);
        await File.WriteAllTextAsync(Path.Combine(volume.Backing, "tls.key"), key);
        File.Copy(site.TokenFile, Path.Combine(volume.Backing, "token"));
        File.Copy(site.CaFile, Path.Combine(volume.Backing, "ca.crt"));
        site.Upstream = [.. site.Upstream.Select(setting => setting
            .Replace(site.TokenFile, site.PathOf("volume/token"), StringComparison.Ordinal).Replace(site.CaFile, site.PathOf("volume/ca.crt"), StringComparison.Ordinal))];
        await using GatewayRun gateway = await site.ServeUntilReadyAsync(
            "Tls:Mode=Files", $"Tls:Certificates:0:CertificateFile={site.PathOf("volume/tls.crt")}", $"Tls:Certificates:0:KeyFile={site.PathOf("volume/tls.key")}");
        using HttpClient relyingParty = GatewayFixture.Unverified(site.Issuer);
        string before = await site.RotateAsync(gateway, relyingParty);
        volume.Hang();
        await gateway.SignalAsync("HUP");

        await site.UntilStatusAsync(gateway, status => status.Contains("has not responded within 5 s", StringComparison.Ordinal));
        Assert.Equal(before, await relyingParty.GetStringAsync("/openid/v1/jwks"));
        using (HttpClient fresh = GatewayFixture.Unverified(site.Issuer))
        {
            Assert.Equal(before, await fresh.GetStringAsync("/openid/v1/jwks"));
        }

        Assert.Equal(HttpStatusCode.OK, await site.StatusOfAsync("/readyz"));
        Assert.Equal(HttpStatusCode.OK, await site.StatusOfAsync("/livez"));

        volume.Respond();
        await site.RotateAsync(gateway, relyingParty);
        await site.UntilStatusAsync(gateway, status => !status.Contains("has not responded", StringComparison.Ordinal));

        volume.Hang();
        await gateway.SignalAsync("TERM");
        Assert.Equal(0, await gateway.ExitAsync());
    }

    [Fact]
    public async Task A_store_of_certificates_that_hangs_leaves_the_one_in_force_and_is_written_when_it_is_back()
    {
        using AcmeSite site = new();
        await using Pebble ca = await Pebble.StartAsync(site.Validated);
        using HungMount? volume = await HungMount.TryMountAsync(site.PathOf("volume"));
        if (volume is null)
        {
            return;
        }

        string store = $"Tls:Acme:StoreDirectory={site.PathOf("volume")}";
        string stored = Path.Combine(volume.Backing, $"{AcmeSite.Host}.pem");
        await using GatewayRun gateway = site.Serve(ca, store);
        string first = (await site.CertificateAsync(gateway, ca))[0].Thumbprint;
        await AcmeSite.UntilAsync(() => Task.FromResult(File.Exists(stored) && gateway.Output.Contains("Next certificate for", StringComparison.Ordinal)), gateway, ca);
        volume.Hang();

        (int exitCode, string error) = (0, "");
        for (int tries = 0; tries < 6; tries++)
        {
            // No order reaches the CA, so an operator may try as often as it takes.
            (exitCode, error) = await site.RenewAsync();
            Assert.Equal(1, exitCode);
            Assert.Contains("did not respond within 5 s", error, StringComparison.Ordinal);
        }

        Assert.Equal(first, (await site.HandshakeAsync())![0].Thumbprint);
        Assert.Equal(HttpStatusCode.OK, await site.StatusOfAsync("/livez"));

        // What could not be written is written at the next look, and then an operator is served again.
        DateTime hung = File.GetLastWriteTimeUtc(Path.Combine(volume.Backing, "acme.json"));
        volume.Respond();
        await AcmeSite.UntilAsync(() => Task.FromResult(File.GetLastWriteTimeUtc(Path.Combine(volume.Backing, "acme.json")) > hung), gateway, ca);
        (exitCode, error) = await site.RenewAsync();
        Assert.True(exitCode == 0, error);
        string second = (await site.HandshakeAsync())![0].Thumbprint;
        Assert.NotEqual(first, second);
        await AcmeSite.UntilAsync(() => Task.FromResult(ThumbprintIn(stored) == second), gateway, ca);
        foreach (string file in Directory.GetFiles(volume.Backing))
        {
            File.Copy(file, Path.Combine(Directory.CreateDirectory(site.PathOf("store")).FullName, Path.GetFileName(file)), overwrite: true);
        }
    }

    private static string? ThumbprintIn(string file)
    {
        X509Certificate2Collection chain = [];
        chain.ImportFromPemFile(file);
        return chain.FirstOrDefault()?.Thumbprint;
    }
}
