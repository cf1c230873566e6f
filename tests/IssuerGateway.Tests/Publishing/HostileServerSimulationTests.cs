using System.Text;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Publishing;
using IssuerGateway.Tests.Issuers;

namespace IssuerGateway.Tests.Publishing;

/// <summary>
/// One server of three sends documents at and beyond every bound, at random; what the two others send is published.
/// A normal run plays the same seeds each time, a long run or SIMULATION_SEED=random new ones (<see cref="SimulationSeeds"/>).
/// </summary>
public sealed class HostileServerSimulationTests(ITestOutputHelper output)
{
    private const int Runs = 10;
    private const int Refreshes = 25;
    private const string Discovery = """{"issuer":"https://issuer.example.test","jwks_uri":"https://10.0.0.1:6443/openid/v1/jwks","response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"]}""";

    /// <summary>Each is rejected, or publishes nothing that the others' keys suffer from.</summary>
    private static readonly string[] OddKeys =
    [
        """{"kty":"EC","crv":"P-256","kid":"off-curve","alg":"ES256","use":"sig","x":"AQ","y":"AQ"}""",
        """{"kty":"oct","kid":"symmetric","alg":"HS256","use":"sig"}""",
        Build.Rsa("cased").Replace("\"use\":", "\"KID\":\"honest-0\",\"use\":", StringComparison.Ordinal),
        Build.Rsa("chain").Replace("\"use\":", "\"x5c\":7,\"use\":", StringComparison.Ordinal),
        """{"kty":"RSA","kid":"byte","alg":"RS256","use":"sig","n":"AQ","e":"AQAB"}""",
        Build.Rsa("emoji").Replace("\"RS256\"", $"\"{string.Concat(Enumerable.Repeat("\\uD83D\\uDE00", 1000))}\"", StringComparison.Ordinal),
    ];

    [Fact]
    public async Task What_honest_servers_publish_is_published_and_can_be_read_back()
    {
        foreach (int seed in SimulationSeeds.Take(Runs, output))
        {
            await PlayAsync(seed);
        }
    }

    private static async Task PlayAsync(int seed)
    {
        Random random = new(seed);
        using TemporaryDirectory state = new();
        using PublisherFixture gateway = new(stateDirectory: state.Path);
        int place = random.Next(3);
        List<string> first = ["honest-0"];
        List<string> second = ["honest-0"];
        int made = 1;
        for (int refresh = 0; refresh < Refreshes; refresh++)
        {
            // Two honest servers roll from key to key, at most a dozen at a time; a new one is on one of them first.
            string[] known = [.. first];
            first.RemoveAll(kid => !second.Contains(kid) && random.Next(4) == 0);
            second = [.. first];
            if (first.Count < 12 && refresh > 0)
            {
                (random.Next(2) == 0 ? first : second).Add($"honest-{made++}");
            }

            List<UpstreamResponse> responses = [Honest("https://10.0.0.2:6443", first), Honest("https://10.0.0.3:6443", second)];
            responses.Insert(place, Hostile(random, known, next: $"honest-{made}"));
            gateway.Time.Advance(TimeSpan.FromSeconds(random.Next(5, 60)));
            await gateway.RefreshAsync([.. responses]);

            string body = gateway.Body(DocumentKind.KeySet)!;
            foreach (string kid in first.Union(second))
            {
                Assert.True(body.Contains(Build.Rsa(kid), StringComparison.Ordinal), $"seed {seed}: refresh {refresh} lacks {kid}");
            }

            KeySet published = KeySet.Parse(Encoding.UTF8.GetBytes(body), out Finding? fault)!;
            Assert.True(published.Keys.All(key => key.IsOfKubernetes()), $"seed {seed}: refresh {refresh} has a key that a relying party may reject the set over");
            Assert.True(fault is null && FidelityRules.Validate(published).All(finding => finding.Severity == Severity.Warning), $"seed {seed}: refresh {refresh}");
            Assert.Equal(Discovery.Replace("https://10.0.0.1:6443", Build.Url, StringComparison.Ordinal), gateway.Body(DocumentKind.Discovery));
            Assert.True(gateway.Publisher.State.Findings.Length <= 130 && gateway.Publisher.State.Findings.All(finding => finding.Message.Length <= 4000), $"seed {seed}: {gateway.Publisher.State.Findings.Length} findings");
        }

        using PublisherFixture after = new(stateDirectory: state.Path, time: gateway.Time);
        await after.Publisher.LoadLastKnownGoodAsync();
        Assert.Equal(gateway.Body(DocumentKind.KeySet), after.Body(DocumentKind.KeySet));
        Assert.Equal(gateway.Body(DocumentKind.Discovery), after.Body(DocumentKind.Discovery));
        Assert.DoesNotContain(after.Publisher.State.Findings, finding => finding.Rule is "state-unreadable" or "key-history-unreadable" or "state-not-written");
    }

    private static UpstreamResponse Honest(string server, IEnumerable<string> kids) =>
        new(server, new DocumentPair(Build.Utf8(Discovery), Build.Utf8($"{{\"keys\":[{string.Join(",", kids.Select(kid => Build.Rsa(kid)))}]}}"), TimeSpan.FromHours(1)), null);

    private static UpstreamResponse Hostile(Random random, string[] honest, string next)
    {
        string discovery = random.Next(9) switch
        {
            0 => Discovery.Replace("[\"RS256\"]", "[\"none\",\"HS256\",\"ES512\"]", StringComparison.Ordinal),
            1 => Discovery.Replace("}", $",\"authorization_endpoint\":\"https://evil.example/{new string('e', random.Next(100_000))}\"}}", StringComparison.Ordinal),
            2 => Discovery.Replace("[\"id_token\"]", "[\"code\"]", StringComparison.Ordinal).Replace("[\"public\"]", "[]", StringComparison.Ordinal),
            3 => Discovery.Replace("issuer.example.test\"", "evil.example\"", StringComparison.Ordinal),
            4 => Discovery[..random.Next(Discovery.Length)],
            5 => Discovery.Replace("[\"RS256\"]", "[\"RS256\",null,17,{\"x\":\"none\"}]", StringComparison.Ordinal),
            6 => Discovery.Replace("[\"RS256\"]", $"[\"RS256\"{new string(' ', random.Next(50_000))}, \"RS256\"]", StringComparison.Ordinal),
            7 => Discovery.Replace(",\"id_token_signing_alg_values_supported\":[\"RS256\"]", "", StringComparison.Ordinal),
            _ => Discovery,
        };
        int count = random.Next(5) switch { 0 => 0, 1 => 99, 2 => 100, 3 => random.Next(101, 160), _ => random.Next(1, 100) };
        int size = random.Next(4) == 0 ? random.Next(1, 250_000 / Math.Max(1, count)) : 0;
        int kidLength = random.Next(4) switch { 0 => 256, 1 => 255, 2 => random.Next(250, 300), _ => 20 };
        List<string> keys = [];
        for (int i = 0; i < count; i++)
        {
            string kid = random.Next(4) == 0 ? honest[random.Next(honest.Length)] : $"{random.Next():x8}-{i}".PadRight(kidLength, 'h')[..kidLength];
            string key = Build.Rsa(kid.Length > 200 ? kid[..200] : kid, 4096).Replace($"\"kid\":\"{(kid.Length > 200 ? kid[..200] : kid)}\"", $"\"kid\":\"{kid}\"", StringComparison.Ordinal);
            if (keys.Any(other => other.Contains($"\"kid\":\"{kid}\"", StringComparison.Ordinal)) && random.Next(50) > 0)
            {
                continue;
            }

            keys.Add(size > 0 ? key.Replace("\"use\":", $"\"x5c\":[\"{new string('A', size)}\"],\"use\":", StringComparison.Ordinal) : key);
        }

        // Keys of the others, one that they have not published yet among them, with as much beside them as fits.
        if (random.Next(3) == 0)
        {
            string key = random.Next(2) == 0 ? next : honest[random.Next(honest.Length)];
            int padding = random.Next(1, 250_000);
            keys = [Build.Rsa(key).Replace("\"use\":", $"\"x5c\":[\"{new string('A', padding)}\"],\"use\":", StringComparison.Ordinal)];
        }

        if (random.Next(6) == 0)
        {
            keys.Add(OddKeys[random.Next(OddKeys.Length)]);
        }

        string extra = random.Next(10) switch { 0 => ",\"d\":\"AQAB\"", 1 => $",\"note\":\"{new string('n', random.Next(200_000))}\"", _ => "" };
        return random.Next(8) == 0
            ? PublisherFixture.Bad(server: "https://10.0.0.1:6443")
            : new UpstreamResponse("https://10.0.0.1:6443", new DocumentPair(Build.Utf8(discovery), Build.Utf8($"{{\"keys\":[{string.Join(",", keys)}]{extra}}}"), TimeSpan.FromSeconds(random.Next(3) * 30)), null);
    }
}
