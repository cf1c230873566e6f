using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using IssuerGateway.EndToEnd.Acme;
using IssuerGateway.EndToEnd.Gateway;

namespace IssuerGateway.EndToEnd.Faults;

/// <summary>kill -9 at random moments while certificates are ordered, again and again on one store (each step once: PebbleTests).</summary>
public sealed class IssuanceKillTests : IDisposable
{
    /// <summary>Rounds; ISSUER_GATEWAY_KILL_ROUNDS makes it more.</summary>
    private static readonly int rounds = Number("ISSUER_GATEWAY_KILL_ROUNDS") ?? 6;

    /// <summary>ISSUER_GATEWAY_KILL_SEED chooses the moments of an earlier run again.</summary>
    private static readonly int seed = Number("ISSUER_GATEWAY_KILL_SEED") ?? Random.Shared.Next();

    /// <summary>Longer than the orders of a round take on an idle machine, so that some end before it and most within it.</summary>
    private static readonly TimeSpan latest = TimeSpan.FromMilliseconds(1500);

    private readonly AcmeSite site = new();
    private readonly List<string> hosts = [AcmeSite.Host];
    private (string? Key, string? Url) account;

    public void Dispose() => site.Dispose();

    private string Store => site.PathOf("store");

    [Fact]
    public async Task After_each_of_many_kills_there_is_one_account_one_certificate_a_host_and_no_torn_file()
    {
        await using Pebble ca = await Pebble.StartAsync(site.Validated);
        Random random = new(seed);
        int cutOff = 0;
        for (int round = 0; round < rounds; round++)
        {
            // Beside the orders that earlier rounds have left open there is always a new one.
            string host = $"round-{round}.example.test";
            hosts.Add(host);
            await using GatewayRun gateway = Serve(ca);
            await AcmeSite.UntilAsync(() => Task.FromResult(IsOrdering(gateway, host)), gateway, ca);
            await Task.Delay(latest * random.NextDouble());
            gateway.Kill();
            await gateway.ExitAsync();

            cutOff += hosts.Count(each => !File.Exists(CertificateOf(each)));
            LooksWhole(gateway);
        }

        await using GatewayRun last = Serve(ca);
        foreach (string host in hosts)
        {
            await site.CertificateAsync(last, ca, host);
        }

        await AcmeSite.UntilAsync(() => Task.FromResult(hosts.All(host => IsScheduled(last, host))), last, ca);
        LooksWhole(last);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"seed {seed}: {rounds} kills cut off {cutOff} orders; {hosts.Count} hosts, {ca.Orders} orders, {ca.Issued} certificates, {ca.Count(" accounts in memory")} account made");
        Assert.Equal(hosts.Count, ca.Issued);
        Assert.InRange(ca.Orders, hosts.Count, hosts.Count + cutOff);
        Assert.Equal(1, ca.Count(" accounts in memory"));
        Assert.Equal(
            hosts.Select(CertificateOf).Append($"{Store}/acme.json").Append($"{Store}/leader.lock").Order(StringComparer.Ordinal),
            Directory.GetFileSystemEntries(Store).Order(StringComparer.Ordinal));
    }

    private static int? Number(string variable) => Environment.GetEnvironmentVariable(variable) is { } number ? int.Parse(number, CultureInfo.InvariantCulture) : null;

    private GatewayRun Serve(Pebble ca) => site.Serve(ca, hosts.Skip(1).Select((host, i) => $"Tls:Acme:ExtraNames:{i}={host}"));

    private string CertificateOf(string host) => Path.Combine(Store, $"{host}.pem");

    private static bool IsOrdering(GatewayRun gateway, string host) => Says(gateway, "Ordering a certificate", host);

    private static bool IsScheduled(GatewayRun gateway, string host) => Says(gateway, "Next certificate for", host);

    private static bool Says(GatewayRun gateway, string text, string host) =>
        gateway.Output.Split('\n').Any(line => line.Contains(text, StringComparison.Ordinal) && line.Contains($"\"{host}\"", StringComparison.Ordinal));

    /// <summary>Every file is the old one or the new one, nothing had to be put aside, and the account stays the one that it was.</summary>
    private void LooksWhole(GatewayRun gateway)
    {
        Assert.DoesNotContain("put aside", gateway.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("(Tls:Acme:StoreDirectory)\" cannot be read", gateway.Output.Replace("\\\"", "\"", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("in the store cannot be read", gateway.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(gateway.Output.Split('\n'), line => line.Contains("\"@l\":\"Error\"", StringComparison.Ordinal) && !line.Contains("IssuerGateway.Publishing", StringComparison.Ordinal));
        Assert.Empty(Directory.GetFiles(Store, "*.broken-*"));
        foreach (string file in Directory.GetFiles(Store, "*.pem"))
        {
            string pem = File.ReadAllText(file);
            using X509Certificate2 pair = X509Certificate2.CreateFromPem(pem, pem);
            Assert.Equal($"{pair.GetNameInfo(X509NameType.DnsName, forIssuer: false)}.pem", Path.GetFileName(file));
        }

        if (File.Exists($"{Store}/acme.json") && JsonNode.Parse(File.ReadAllText($"{Store}/acme.json"))!["accounts"]!.AsObject() is { Count: > 0 } accounts)
        {
            JsonNode kept = Assert.Single(accounts).Value!;
            (string? Key, string? Url) found = ((string?)kept["keyPem"], (string?)kept["url"]);
            Assert.Equal((account.Key ?? found.Key, account.Url ?? found.Url), found);
            account = found;
        }
        else
        {
            Assert.Equal((null, null), account);
        }
    }
}
