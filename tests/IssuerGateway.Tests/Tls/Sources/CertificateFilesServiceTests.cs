using System.Security.Cryptography;
using System.Text.RegularExpressions;
using IssuerGateway.Tls.Sources;
using Microsoft.Extensions.Time.Testing;

namespace IssuerGateway.Tests.Tls.Sources;

public sealed partial class CertificateFilesServiceTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private readonly TestCa ca = new();
    private readonly string certificate;
    private readonly string key;

    public CertificateFilesServiceTests()
    {
        certificate = directory.File("tls.crt");
        key = directory.File("tls.key");
    }

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task Follows_the_link_swap_of_a_Kubernetes_volume()
    {
        Directory.CreateSymbolicLink(directory.File("..data"), Generation("1"));
        File.CreateSymbolicLink(certificate, "..data/tls.crt");
        File.CreateSymbolicLink(key, "..data/tls.key");
        await using TlsFixture server = await StartAsync();
        string before = Served(server);

        string second = Generation("2");
        File.Delete(directory.File("..data"));
        Directory.CreateSymbolicLink(directory.File("..data"), second);
        server.Service<CertificateFilesService>().Poll();

        Assert.NotEqual(before, Served(server));
    }

    [Fact]
    public async Task Reads_at_once_when_a_reload_is_requested()
    {
        Write(ca.Issue("a.example.test"));
        FakeTimeProvider standing = new(TimeProvider.System.GetUtcNow());
        await using TlsFixture server = await StartAsync(standing);
        string before = Served(server);

        Write(ca.Issue("a.example.test"));
        server.Service<ReloadRequest>().Make();

        await Eventually.TrueAsync(() => Served(server) != before);
    }

    [Fact]
    public async Task Polls_every_ten_seconds()
    {
        Write(ca.Issue("a.example.test"));
        FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
        await using TlsFixture server = await StartAsync(time);
        string before = Served(server);

        Write(ca.Issue("a.example.test"));

        await Eventually.TrueAsync(() =>
        {
            time.Advance(CertificateFilesService.PollInterval);
            return Served(server) != before;
        });
    }

    public static TheoryData<string, string> BrokenPairs => new()
    {
        { "mismatch", "a private key that does not belong to the first certificate of the chain" },
        { "encrypted", "an encrypted private key; it has to be without a passphrase" },
        { "no key", "no PRIVATE KEY block" },
        { "no certificate", "no CERTIFICATE block" },
        { "torn certificate", "a CERTIFICATE block that cannot be read" },
        { "expired", "expired at <time>" },
        { "not yet valid", "valid only from <time>" },
    };

    [Theory]
    [MemberData(nameof(BrokenPairs))]
    public async Task Keeps_the_old_pair_when_the_new_one_is_broken_and_says_so_once(string fault, string said)
    {
        Write(ca.Issue("a.example.test"));
        await using TlsFixture server = await StartAsync();
        string before = Served(server);
        server.Log.Clear();

        Write(Broken(fault));
        server.Service<CertificateFilesService>().Poll();
        server.Service<CertificateFilesService>().Poll();

        Assert.Equal(before, Served(server));
        Assert.Equal([$"Warning: The certificate of {certificate} cannot be served: {said}; the one valid until <time> stays in force"], server.Log.Lines.Where(line => line.StartsWith("Warning: ", StringComparison.Ordinal)).Select(WithoutTimes));
        Assert.Equal([$"issuer_gateway_tls_certificate_faulty{{source=\"{certificate}\"}} 1"], await server.MetricsAsync("issuer_gateway_tls_certificate_faulty"));
    }

    [Fact]
    public async Task Takes_a_repaired_pair_over_and_clears_the_metric()
    {
        Write(ca.Issue("a.example.test"));
        await using TlsFixture server = await StartAsync();
        string before = Served(server);
        Write(Broken("mismatch"));
        server.Service<CertificateFilesService>().Poll();

        Write(ca.Issue("a.example.test"));
        server.Service<CertificateFilesService>().Poll();

        Assert.NotEqual(before, Served(server));
        Assert.Equal([$"issuer_gateway_tls_certificate_faulty{{source=\"{certificate}\"}} 0"], await server.MetricsAsync("issuer_gateway_tls_certificate_faulty"));
    }

    [Fact]
    public async Task Takes_a_pair_over_when_its_time_has_come()
    {
        FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
        Write(ca.Issue("a.example.test"));
        await using TlsFixture server = await StartAsync(time);
        string before = Served(server);
        Write(ca.Issue(["a.example.test"], time.GetUtcNow().AddDays(1), time.GetUtcNow().AddDays(9)));
        server.Service<CertificateFilesService>().Poll();
        Assert.Equal(before, Served(server));

        time.Advance(TimeSpan.FromDays(1));
        server.Service<CertificateFilesService>().Poll();

        Assert.NotEqual(before, Served(server));
    }

    [Fact]
    public async Task Serves_an_expired_pair_at_start_and_warns()
    {
        Write(Broken("expired"));

        await using TlsFixture server = await StartAsync();

        Assert.Contains(server.Log.Lines.Select(WithoutTimes), line => line ==
            $"Warning: The certificate of {certificate} is valid from <time> to <time>, and now is <time>: relying parties reject it; renew it or correct the clock");
        Assert.NotEmpty(Served(server));
    }

    [Fact]
    public async Task Shows_the_expiry_of_every_name_and_zero_for_a_host_without_a_certificate()
    {
        DateTimeOffset notAfter = new(2037, 1, 1, 0, 0, 0, TimeSpan.Zero);
        Write(ca.Issue(["a.example.test", "origin.example.test"], null, notAfter));

        await using TlsFixture server = await StartAsync(hosts: ["a.example.test", "b.example.test"]);

        Assert.Equal(
            [
                $"issuer_gateway_tls_certificate_not_after_timestamp_seconds{{host=\"a.example.test\"}} {notAfter.ToUnixTimeSeconds()}",
                "issuer_gateway_tls_certificate_not_after_timestamp_seconds{host=\"b.example.test\"} 0",
                $"issuer_gateway_tls_certificate_not_after_timestamp_seconds{{host=\"origin.example.test\"}} {notAfter.ToUnixTimeSeconds()}",
            ],
            await server.MetricsAsync("issuer_gateway_tls_certificate_not_after"));
    }

    private Task<TlsFixture> StartAsync(TimeProvider? time = null, string[]? hosts = null) =>
        TlsFixture.StartAsync(TlsFixture.Files((certificate, key)), hosts, time);

    private string Served(TlsFixture server) => server.Certificates.In(certificate)!.Thumbprint;

    private void Write((string Chain, string Key) pair)
    {
        File.WriteAllText(certificate, pair.Chain);
        File.WriteAllText(key, pair.Key);
    }

    private string Generation(string name)
    {
        Directory.CreateDirectory(directory.File($"..{name}"));
        (string chain, string keyPem) = ca.Issue("a.example.test");
        File.WriteAllText(directory.File($"..{name}/tls.crt"), chain);
        File.WriteAllText(directory.File($"..{name}/tls.key"), keyPem);
        return $"..{name}";
    }

    private (string Chain, string Key) Broken(string fault)
    {
        (string chain, string keyPem) = ca.Issue("a.example.test");
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        switch (fault)
        {
            case "mismatch":
                return (chain, ca.Issue("a.example.test").Key);
            case "encrypted":
                using (ECDsa own = ECDsa.Create())
                {
                    own.ImportFromPem(keyPem);
                    return (chain, own.ExportEncryptedPkcs8PrivateKeyPem("secret", new PbeParameters(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1)));
                }

            case "no key":
                return (chain, "");
            case "no certificate":
                return (keyPem, keyPem);
            case "torn certificate":
                return ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", keyPem);
            case "expired":
                return ca.Issue(["a.example.test"], now.AddDays(-9), now.AddDays(-1));
            default:
                return ca.Issue(["a.example.test"], now.AddDays(1), now.AddDays(9));
        }
    }

    private static string WithoutTimes(string line) => Times().Replace(line, "<time>");

    [GeneratedRegex(@"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ")]
    private static partial Regex Times();
}
