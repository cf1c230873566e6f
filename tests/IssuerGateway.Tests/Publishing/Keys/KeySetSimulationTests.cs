using System.Security.Cryptography;
using IssuerGateway.Demo.StandIn;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Publishing;
using IssuerGateway.Publishing.Reporting;
using IssuerGateway.Tests.Issuers;

namespace IssuerGateway.Tests.Publishing.Keys;

/// <summary>
/// Three API servers with keys, outages, a balancer and restarts at random, against a model of what was promised. Every key
/// signs a token, and a relying party that shares no code with the gateway validates it by what the edge serves.
/// A normal run plays the same seeds each time, a long run or SIMULATION_SEED=random new ones (<see cref="SimulationSeeds"/>).
/// </summary>
public sealed class KeySetSimulationTests(ITestOutputHelper output)
{
    private const int Runs = 10;
    private const int Steps = 120;

    [Fact]
    public async Task Keys_stay_and_leave_as_documented_and_their_ages_never_restart()
    {
        foreach (int seed in SimulationSeeds.Take(Runs, output))
        {
            await new Run(seed).PlayAsync(Steps);
        }
    }

    // What it does with a seed changes with this file, so what was found is also a test of KeyHistoryTests.
    [Theory]
    [InlineData(525756863, "a key comes back while nothing is published, because every other key is revoked")]
    public async Task Keeps_what_a_seed_once_broke(int seed, string what)
    {
        output.WriteLine(what);
        await new Run(seed).PlayAsync(Steps);
    }

    private sealed class Run(int seed)
    {
        // One for all runs: making it takes longer than many steps.
        private static readonly ServiceAccountKey rsa = new(RSA.Create(2048), "k0");

        private static readonly TimeSpan retention = PublisherFixture.Settings.KeyRetention;
        private static readonly TimeSpan settling = TimeSpan.FromSeconds(90);

        /// <summary>What a stored time may lag behind: five minutes and a slow refresh.</summary>
        private static readonly TimeSpan restartMargin = TimeSpan.FromMinutes(6);

        private readonly Random random = new(seed);
        private readonly string[] addresses = ["https://10.0.0.1:6443", "https://10.0.0.2:6443", "https://10.0.0.3:6443"];
        private readonly List<string>[] keys = [["k0"], ["k0"], ["k0"]];
        private readonly bool[] isDown = new bool[3];
        private readonly Dictionary<(string Address, string Kid), Hold> holds = [];
        private readonly Dictionary<string, DateTimeOffset> firstSeen = [];
        private readonly List<string> revoked = [];
        private readonly Dictionary<string, ServiceAccountKey> signers = new() { ["k0"] = rsa };
        private readonly List<string> story = [];
        private bool isBalanced;
        private bool hasRestarted;
        private int nextKey = 1;

        public async Task PlayAsync(int steps)
        {
            using TemporaryDirectory state = new();
            JumpingTime time = new();
            PublisherFixture gateway = new(Build.Issuer(), state.Path, time: time);
            EdgeRelyingParty party = await EdgeRelyingParty.StartAsync(gateway);
            isBalanced = random.Next(4) == 0;
            for (int step = 0; step < steps; step++)
            {
                time.Advance(Pause());
                if (Happen())
                {
                    await party.DisposeAsync();
                    gateway.Dispose();
                    gateway = new(Build.Issuer(revoked: [.. revoked]), state.Path, time: time);
                    await gateway.Publisher.LoadLastKnownGoodAsync();
                    party = await EdgeRelyingParty.StartAsync(gateway);
                    hasRestarted = true;
                }

                UpstreamResponse[] responses = Responses();
                await gateway.RefreshAsync(responses);
                Record(responses, time.GetUtcNow());
                Check(gateway);
                await ValidateAsync(party);
            }

            await party.DisposeAsync();
            gateway.Dispose();
        }

        private TimeSpan Pause() => random.Next(20) switch
        {
            0 => TimeSpan.FromHours(random.Next(1, 13)),
            1 or 2 => TimeSpan.FromSeconds(random.Next(0, 3)),
            _ => TimeSpan.FromSeconds(random.Next(20, 70)),
        };

        private bool Happen()
        {
            int server = random.Next(3);
            switch (random.Next(12))
            {
                case 0 when keys[server].Count < 6:
                    keys[server].Add($"k{nextKey++}");
                    break;
                case 1:
                    // The rotation continues to another server.
                    keys[server].AddRange(keys[random.Next(3)].Except(keys[server]).ToArray());
                    break;
                case 2 when keys[server].Count > 1:
                    keys[server].RemoveAt(random.Next(keys[server].Count));
                    break;
                case 3:
                    isDown[server] = true;
                    break;
                case 4 or 5:
                    isDown[server] = false;
                    break;
                case 6 when random.Next(3) == 0:
                    isBalanced = !isBalanced;
                    break;
                case 7 when random.Next(4) == 0:
                    revoked.Add(keys[server][^1]);
                    story.Add($"revoke {revoked[^1]}");
                    return true;
                case 8:
                    return true;
            }

            return false;
        }

        private UpstreamResponse[] Responses()
        {
            if (isBalanced)
            {
                int picked = random.Next(3);
                return [Response("https://10.96.0.1:443", picked)];
            }

            return [.. Enumerable.Range(0, 3).Select(server => Response(addresses[server], server))];
        }

        private UpstreamResponse Response(string address, int server) => isDown[server]
            ? PublisherFixture.Bad(server: address)
            : new UpstreamResponse(address, new DocumentPair(Recorded.Body("discovery-default-jwks-uri"), Build.Utf8($"{{\"keys\":[{string.Join(",", keys[server].Select(kid => SignerOf(kid).Jwk))}]}}"), null), null);

        // The model: what each address has published, omitted and missed, and nothing else.
        private void Record(UpstreamResponse[] responses, DateTimeOffset now)
        {
            story.Add($"{now:HH:mm:ss} {string.Join(" | ", responses.Select(response => $"{response.Server[^7..]} {(response.Documents is { } pair ? string.Join(',', KidsOf(pair)) : "down")}"))}");
            if (responses.All(response => response.Documents is null))
            {
                return;
            }

            TimeSpan afterOmission = responses.Length == 1 ? TimeSpan.FromHours(1) : TimeSpan.FromSeconds(90);
            foreach (((string address, string kid), Hold hold) in holds.ToArray())
            {
                UpstreamResponse? response = responses.FirstOrDefault(each => each.Server == address);
                bool hasResponded = response?.Documents is not null;
                if (hasResponded && KidsOf(response!.Documents!).Contains(kid))
                {
                    continue;
                }

                Hold next = hold with { Missing = hold.Missing ?? now, Omitted = hasResponded ? hold.Omitted ?? now : hold.Omitted };
                bool isReleased = hasResponded && next.Omitted is { } omitted && now - omitted >= afterOmission;
                bool mayBeGone = now - next.Last >= retention && now - next.Missing >= settling;
                bool mustBeGone = now - next.Last >= retention + (hasRestarted ? restartMargin : TimeSpan.Zero) && now - next.Missing >= settling;
                if (isReleased || mustBeGone)
                {
                    holds.Remove((address, kid));
                }
                else
                {
                    holds[(address, kid)] = next with { MayBeGone = mayBeGone };
                }
            }

            foreach (UpstreamResponse response in responses.Where(response => response.Documents is not null))
            {
                foreach (string kid in KidsOf(response.Documents!))
                {
                    holds[(response.Server, kid)] = new Hold(now, null, null, MayBeGone: false);
                }
            }
        }

        private ServiceAccountKey SignerOf(string kid) =>
            signers.TryGetValue(kid, out ServiceAccountKey? signer) ? signer : signers[kid] = ServiceAccountKey.Create(SigningAlgorithm.ES256, keyId: kid);

        // A token of any key that has to be there validates, with whichever server it was published; one of a revoked key never.
        private async Task ValidateAsync(EdgeRelyingParty party)
        {
            string[] must = [.. holds.Where(hold => !hold.Value.MayBeGone).Select(hold => hold.Key.Kid).Distinct().Except(revoked)];
            string[] rejected = await party.RejectedAsync(must.Select(SignerOf));
            Assert.True(rejected.Length == 0, Story($"tokens signed by these keys do not validate: {string.Join(", ", rejected)}"));
            string[] withdrawn = await party.RejectedAsync(revoked.Distinct().Select(SignerOf));
            Assert.True(withdrawn.Length == revoked.Distinct().Count(), Story("a token signed by a revoked key validates"));
        }

        private void Check(PublisherFixture gateway)
        {
            if (gateway.Body(DocumentKind.KeySet) is not { } body)
            {
                Assert.True(holds.Keys.All(hold => revoked.Contains(hold.Kid)), Story("nothing is published"));

                // Relying parties see no key: each that comes back starts over, as one that left a set of others.
                firstSeen.Clear();
                return;
            }

            string[] must = [.. holds.Where(hold => !hold.Value.MayBeGone).Select(hold => hold.Key.Kid).Distinct().Except(revoked)];
            string[] may = [.. holds.Keys.Select(hold => hold.Kid).Distinct().Except(revoked)];
            string[] published = [.. gateway.Publisher.State.Keys!.Keys.Select(key => key.KeyId!)];
            Assert.True(must.All(kid => body.Contains(SignerOf(kid).Jwk, StringComparison.Ordinal)), Story($"missing: {string.Join(',', must.Except(published))}"));
            Assert.True(published.All(may.Contains), Story($"not withdrawn: {string.Join(',', published.Except(may))}"));
            foreach (string gone in firstSeen.Keys.Except(published).ToArray())
            {
                firstSeen.Remove(gone);
            }

            foreach (KeyStatus key in IssuerStatus.Of(gateway.Publisher, gateway.Published, PublisherFixture.Settings, gateway.Time).Keys.Where(key => key.Removed is null))
            {
                Assert.True(firstSeen.TryAdd(key.KeyId, key.FirstSeen!.Value) || firstSeen[key.KeyId] == key.FirstSeen, Story($"the age of {key.KeyId} restarted"));
            }
        }

        private string Story(string what) => $"seed {seed}: {what}\n{string.Join('\n', story.TakeLast(40))}";

        private static string[] KidsOf(DocumentPair pair) => [.. KeySet.Parse(pair.KeySet, out _)!.Keys.Select(key => key.KeyId!)];

        private sealed record Hold(DateTimeOffset Last, DateTimeOffset? Missing, DateTimeOffset? Omitted, bool MayBeGone);
    }
}
