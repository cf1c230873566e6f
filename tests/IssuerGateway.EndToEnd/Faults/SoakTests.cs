using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Demo.StandIn;
using IssuerGateway.EndToEnd.Gateway;
using IssuerGateway.Issuers;
using IssuerGateway.Tests.Tls;

namespace IssuerGateway.EndToEnd.Faults;

/// <summary>
/// Rotation, renewal, faults and recovery going round under load: no failed request, each discovery document byte for byte
/// a published version, each set whole and of published keys alone, memory flat. 20 s; ISSUER_GATEWAY_SOAK_SECONDS=3600 makes it the hour.
/// </summary>
public sealed class SoakTests
{
    private const string Discovery = "/.well-known/openid-configuration";
    private const string KeySet = "/openid/v1/jwks";

    /// <summary>What memory may grow by after the first quarter: a leak of an hour under load would be far more.</summary>
    private const long Growth = 96 << 20;

    private static readonly TimeSpan duration = TimeSpan.FromSeconds(int.Parse(Environment.GetEnvironmentVariable("ISSUER_GATEWAY_SOAK_SECONDS") ?? "20", CultureInfo.InvariantCulture));
    private static readonly FaultKind[] faults = [FaultKind.EmptySet, FaultKind.PrivateKey, FaultKind.Truncated, FaultKind.OtherIssuer, FaultKind.Redirect, FaultKind.CertificateOfAnotherCa, FaultKind.DuplicateKid];

    private readonly ConcurrentDictionary<string, bool> versions = new();
    private readonly ConcurrentDictionary<string, bool> keys = new();
    private readonly ConcurrentDictionary<string, bool> certificates = new();
    private readonly ConcurrentQueue<string> wrong = new();
    private readonly List<long> resident = [];
    private int responses;

    [Fact]
    public async Task Rotations_renewals_and_faults_under_load_fail_no_request_and_tear_no_document()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        TestCa ca = new();
        WriteCertificate(site, ca);
        versions[DiscoveryOf(site, "\"RS256\"")] = versions[DiscoveryOf(site, "\"ES256\",\"RS256\"")] = true;
        keys[site.Cluster.Server.Keys[0].Jwk] = true;
        await using GatewayRun gateway = await site.ServeUntilReadyAsync(
            "Tls:Mode=Files", $"Tls:Certificates:0:CertificateFile={site.PathOf("tls.crt")}", $"Tls:Certificates:0:KeyFile={site.PathOf("tls.key")}", "Tls:SelfSigned:ExportFile=");
        using CancellationTokenSource enough = new();
        Task[] visitors = [.. Enumerable.Range(0, 6).Select(i => Task.Run(() => VisitAsync(site, ca, i, enough.Token)))];

        long began = Stopwatch.GetTimestamp();
        int rounds = 0;
        try
        {
            while (Stopwatch.GetElapsedTime(began) < duration && wrong.IsEmpty)
            {
                await RoundAsync(site, gateway, ca, rounds++);
                await site.OperationsAsync("/status");
                resident.Add(ProcessUse.Of(gateway.Id).Resident);
            }
        }
        finally
        {
            // What was seen is worth as much when a round fails.
            await enough.CancelAsync();
            await Task.WhenAll(visitors);
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"{Stopwatch.GetElapsedTime(began).TotalSeconds:0} s, {rounds} rounds, {responses} responses, {wrong.Count} wrong, {keys.Count} keys, {certificates.Count} certificates seen, "
                + $"{site.Cluster.Server.Requests.Count(KeySet)} fetches of the JWK Set, resident MiB: {string.Join(" ", Sampled().Select(bytes => bytes >> 20))}");
        }

        long warm = resident[..((resident.Count / 4) + 1)].Max();
        Assert.Empty(wrong);
        Assert.True(responses > 0 && certificates.Count > 1);
        Assert.True(resident[^1] < warm + Growth, $"resident {resident[^1] >> 20} MiB after {warm >> 20} MiB");
    }

    /// <summary>A key comes, token and certificate are renewed, the API server fails and recovers, the key goes.</summary>
    private async Task RoundAsync(GatewayFixture site, GatewayRun gateway, TestCa ca, int round)
    {
        ServiceAccountKey key = ServiceAccountKey.Create(SigningAlgorithm.ES256);
        keys[key.Jwk] = true;
        site.Cluster.Server.AddKey(key);
        await UntilAsync(site, gateway, status => status.Contains($"\"{key.KeyId}\"", StringComparison.Ordinal));

        site.Files.WriteToken();
        WriteCertificate(site, ca);
        site.Cluster.Server.Break(faults[round % faults.Length]);
        await UntilAsync(site, gateway, status => !status.Contains("\"failuresInARow\": 0", StringComparison.Ordinal));
        site.Cluster.Server.Repair();
        await UntilAsync(site, gateway, status => status.Contains("\"failuresInARow\": 0", StringComparison.Ordinal));

        // Behind one address it stays published for an hour.
        site.Cluster.Server.RemoveKey(key);
    }

    // Looks ten times a second, and keeps none of it: what the fixture shows is searched for secrets when the run ends, and
    // of an hour that would be 12 GB. A page a round is.
    private static async Task UntilAsync(GatewayFixture site, GatewayRun gateway, Func<string, bool> condition)
    {
        using HttpClient operations = new(new SocketsHttpHandler { UseProxy = false });
        await GatewayFixture.WaitAsync(
            async () =>
            {
                await gateway.SignalAsync("HUP");
                await Task.Delay(100);
                return condition(await operations.GetStringAsync(new Uri($"http://127.0.0.1:{site.OperationsPort}/status")));
            },
            () => $"{gateway.Output}\n{gateway.Error}");
    }

    // HTTP/1.1 and 2, on kept connections and on new ones.
    private async Task VisitAsync(GatewayFixture site, TestCa ca, int visitor, CancellationToken enough)
    {
        using SocketsHttpHandler handler = new() { UseProxy = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, leaf, _, _) =>
        {
            using X509Certificate2 served = X509CertificateLoader.LoadCertificate(leaf!.GetRawCertData());
            certificates[served.Thumbprint] = true;
            return served.IssuerName.Name == ca.Intermediate.SubjectName.Name;
        };
        using HttpMessageInvoker relyingParty = new(handler);
        for (int visit = 0; !enough.IsCancellationRequested; visit++)
        {
            using HttpRequestMessage request = new(HttpMethod.Get, site.Issuer + (visit % 4 == 0 ? Discovery : KeySet)) { Version = visitor % 2 == 0 ? HttpVersion.Version20 : HttpVersion.Version11 };
            request.Headers.ConnectionClose = visitor % 3 == 0 && visitor % 2 == 1 ? true : null;
            try
            {
                using HttpResponseMessage response = await relyingParty.SendAsync(request, CancellationToken.None);
                string body = await response.Content.ReadAsStringAsync(CancellationToken.None);
                if (response.StatusCode != HttpStatusCode.OK || !IsPublished(body))
                {
                    wrong.Enqueue($"{(int)response.StatusCode} {body}");
                }
            }
            catch (HttpRequestException e)
            {
                wrong.Enqueue(e.ToString());
            }

            Interlocked.Increment(ref responses);
            if (visitor > 1)
            {
                // Most relying parties come now and then; two never stop.
                await Task.Delay(5, CancellationToken.None);
            }
        }
    }

    private static void WriteCertificate(GatewayFixture site, TestCa ca)
    {
        (string chain, string key) = ca.Issue("localhost");
        File.WriteAllText(site.PathOf("tls.key"), key);
        File.WriteAllText(site.PathOf("tls.crt"), chain);
    }

    private bool IsPublished(string body)
    {
        const string begin = "{\"keys\":[";
        return versions.ContainsKey(body)
            || (body.StartsWith(begin, StringComparison.Ordinal) && body.EndsWith("]}", StringComparison.Ordinal)
                && body[begin.Length..^2].Split("},{") is var members
                && members.Select((member, i) => (i == 0 ? "" : "{") + member + (i == members.Length - 1 ? "" : "}")).All(keys.ContainsKey));
    }

    private static string DiscoveryOf(GatewayFixture site, string algorithms) =>
        $$"""{"issuer":"{{site.Issuer}}","jwks_uri":"{{site.Issuer}}/openid/v1/jwks","response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":[{{algorithms}}]}""";

    // At most sixteen figures, evenly spread.
    private IEnumerable<long> Sampled() => resident.Where((_, i) => i % ((resident.Count / 16) + 1) == 0).Concat(resident.TakeLast(1));
}
