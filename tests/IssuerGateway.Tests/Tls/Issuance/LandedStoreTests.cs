using System.Text;
using System.Text.Json.Nodes;
using IssuerGateway.Acme.Signing;
using IssuerGateway.Kubernetes.Objects;
using IssuerGateway.Tests.Acme;
using IssuerGateway.Tls.Issuance.Stores;

namespace IssuerGateway.Tests.Tls.Issuance;

/// <summary>C12: upgrade from the build of 2026-11-25, and rollback to it, with account, certificate and times of ACME.</summary>
public sealed class LandedStoreTests : IAsyncLifetime
{
    private readonly TemporaryDirectory directory = new();
    private readonly SkippingTime time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private StandInCa ca = null!;

    public async ValueTask InitializeAsync() => ca = await StandInCa.StartAsync(directory.File("ca.pem"), time);

    public async ValueTask DisposeAsync()
    {
        await ca.DisposeAsync();
        directory.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Upgrade_and_rollback_keep_account_certificate_and_times(bool inSecrets)
    {
        await using StandInObjects cluster = await StandInObjects.StartAsync();
        cluster.PutAsTheChart("gw", AcmeFixture.Host);
        IAcmeStore store = inSecrets ? new SecretAcmeStore(new ClusterObjects(new ClusterConnection(cluster.Access()), "gateway"), "gw") : new DirectoryAcmeStore(directory.File("store"), time);
        string thumbprint;
        using (AcmeFixture present = await New(store).LoadAsync())
        {
            await present.Renewal.StepAsync(false, CancellationToken.None);
            thumbprint = present.Served!.Thumbprint;
        }

        // Rollback: the landed rules read all of it; what they do not know they drop when they write.
        AcmeState before = (await store.LoadAsync(CancellationToken.None)).State!;
        LandedRules.AcmeState landed = LandedRules.ReadAcme(Text())!;
        Assert.Equal(before.Accounts.Single().Value.KeyPem, landed.Accounts.Single().Value.KeyPem);
        Assert.Equal(before.Host(AcmeFixture.Host).Issued, landed.Hosts[AcmeFixture.Host].Issued);
        Assert.Equal(thumbprint, landed.Hosts[AcmeFixture.Host].Certificate!.Thumbprint);
        byte[] written = LandedRules.Write(landed);
        Assert.DoesNotContain("lifetime", Encoding.UTF8.GetString(written), StringComparison.Ordinal);

        // Upgrade: nothing is ordered and no account is made, and the certificate is served from the first moment.
        Replace(written);
        int orders = ca.Orders.Count;
        int accounts = ca.Requests.Count(request => request == "POST /new-account");
        using AcmeFixture upgraded = await New(inSecrets ? new SecretAcmeStore(new ClusterObjects(new ClusterConnection(cluster.Access()), "gateway"), "gw") : new DirectoryAcmeStore(directory.File("store"), time)).LoadAsync();
        Assert.Equal(thumbprint, upgraded.Served!.Thumbprint);
        await upgraded.Renewal.StepAsync(false, CancellationToken.None);

        Assert.Equal((orders, accounts), (ca.Orders.Count, ca.Requests.Count(request => request == "POST /new-account")));
        Assert.Equal(before.Accounts.Single().Value, upgraded.StateCache.Current.Accounts.Single().Value);
        Assert.Equal(before.Host(AcmeFixture.Host).Issued, upgraded.State.Issued);

        byte[] Text() => inSecrets ? Convert.FromBase64String((string)Secret()["data"]!["acme.json"]!) : File.ReadAllBytes(Path.Combine(directory.File("store"), "acme.json"));

        void Replace(byte[] text)
        {
            if (inSecrets)
            {
                Secret()["data"]!["acme.json"] = Convert.ToBase64String(text);
            }
            else
            {
                File.WriteAllBytes(Path.Combine(directory.File("store"), "acme.json"), text);
            }
        }

        JsonNode Secret() => cluster.Objects["/api/v1/namespaces/gateway/secrets/gw-acme"];
    }

    // The landed build made its Secrets itself, and marked them so.
    [Fact]
    public async Task An_upgrade_continues_with_the_Secrets_that_the_landed_build_created()
    {
        await using StandInObjects cluster = await StandInObjects.StartAsync();
        (string chain, string key) = new TestCa("Stand-in", time.GetUtcNow()).Issue([AcmeFixture.Host], time.GetUtcNow().AddDays(-1), time.GetUtcNow().AddDays(89));
        cluster.Put($"gw-tls-{AcmeFixture.Host}", chain, key);
        cluster.PutEmpty("gw-acme");
        using AcmeAccountKey account = AcmeAccountKey.Create(AcmeAccountKey.Es256);
        foreach (string name in (string[])["gw-acme", $"gw-tls-{AcmeFixture.Host}"])
        {
            cluster.Objects[$"/api/v1/namespaces/gateway/secrets/{name}"]["metadata"]!["labels"] = new JsonObject { ["app.kubernetes.io/managed-by"] = "issuer-gateway" };
        }

        cluster.Objects["/api/v1/namespaces/gateway/secrets/gw-acme"]["data"] = new JsonObject
        {
            ["acme.json"] = Convert.ToBase64String(LandedRules.Write(new LandedRules.AcmeState
            {
                Version = 1,
                Accounts = new() { [ca.Directory.OriginalString] = new LandedRules.Account { KeyPem = account.ToPem() } },
                Hosts = new() { [AcmeFixture.Host] = new LandedRules.Host { Directory = ca.Directory.OriginalString, Issued = [time.GetUtcNow().AddDays(-1)], NotBefore = time.GetUtcNow().AddYears(5), Failures = 3 } },
            })),
        };
        using AcmeFixture upgraded = await New(new SecretAcmeStore(new ClusterObjects(new ClusterConnection(cluster.Access()), "gateway"), "gw")).LoadAsync();

        await upgraded.Renewal.StepAsync(false, CancellationToken.None);

        // It is of another CA for all that is known, so it is replaced at once; a pause of a clock that was wrong counts for nothing.
        Assert.Single(ca.Orders);
        Assert.Equal(account.ToPem(), upgraded.StateCache.Current.Accounts.Single().Value.KeyPem);
        Assert.DoesNotContain(upgraded.Log.Lines, line => line.Contains("could not be stored", StringComparison.Ordinal));
        Assert.Equal(2, cluster.Objects.Count);
    }

    private AcmeFixture New(IAcmeStore store) => new(ca, directory.Path, time, store);
}
