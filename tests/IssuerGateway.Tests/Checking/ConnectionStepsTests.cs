using System.Net;
using System.Net.Sockets;
using IssuerGateway.Checking.Fetching.Routing;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Issuers;

namespace IssuerGateway.Tests.Checking;

public sealed class ConnectionStepsTests
{
    [Fact]
    public async Task Tries_all_addresses_side_by_side_and_continues_with_one_that_works()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        using SwallowingListener hole = await SwallowingListener.StartAsync(new IPEndPoint(IPAddress.Parse("127.0.0.2"), issuer.Port));
        CheckRequest request = Looking(issuer, "127.0.0.2", "127.0.0.3", "127.0.0.1");

        CheckReport report = await issuer.CheckAsync(request);

        Assert.Equal(["tcp warning tcp-partial", "tcp warning tcp-partial"], CheckFixture.Rules(report));
        Assert.Equal(
            [$"address 1 of 3 does not respond: 127.0.0.2:{issuer.Port} did not respond within 4 s", $"address 2 of 3 does not respond: 127.0.0.3:{issuer.Port} refused the connection"],
            report.Findings.Select(finding => finding.Found));
        Assert.Equal("1 of 3 addresses accept connections on port " + issuer.Port, report.Steps.Single(step => step.Step == "tcp").Summary);
        Assert.All(report.Steps.Where(step => step.Step is "tls" or "discovery" or "jwks" or "caching"), step => Assert.Equal(StepOutcome.Passed, step.Outcome));
        Assert.Equal(Verdict.Accepts, report.VerdictOf(report.Parties[0]));
    }

    /// <summary>What DNS would do, a person can stage: both addresses are tried at once, and the check goes through the one that works.</summary>
    [Fact]
    public async Task Tries_the_addresses_of_resolve_side_by_side()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        using SwallowingListener hole = await SwallowingListener.StartAsync(new IPEndPoint(IPAddress.Parse("127.0.0.2"), issuer.Port));
        ConnectionOverrides overrides = ConnectionOverrides.Parse([$"{CheckFixture.Host}:{issuer.Port}:127.0.0.2,127.0.0.1"], [], null, false, []);

        CheckReport report = await issuer.CheckAsync(issuer.Request() with { Overrides = overrides with { Roots = [issuer.Authority.Root] } });

        CheckFinding finding = Assert.Single(report.Findings);
        Assert.Equal(
            ("tcp-partial", $"address 1 of 2 does not respond: 127.0.0.2:{issuer.Port} did not respond within 4 s", $"remove 127.0.0.2 from DNS (here: --resolve), or make it respond on port {issuer.Port}"),
            (finding.Id, finding.Found, finding.Fix));
        Assert.Equal("127.0.0.2, 127.0.0.1 (from --resolve)", report.Steps.Single(step => step.Step == "dns").Summary);
        Assert.Equal(Verdict.Accepts, report.VerdictOf(report.Parties[0]));
    }

    [Fact]
    public async Task Is_one_finding_when_no_address_responds()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();

        CheckReport report = await issuer.CheckAsync(Looking(issuer, "127.0.0.2", "127.0.0.3"));

        CheckFinding finding = Assert.Single(report.Findings);
        Assert.Equal(("tcp-failed", $"127.0.0.2:{issuer.Port} refused the connection; 127.0.0.3:{issuer.Port} refused the connection"), (finding.Id, finding.Found));
    }

    [Theory]
    [InlineData("issuer.example.test:PORT:127.0.0.1:PORT")]
    [InlineData("issuer.example.test::127.0.0.1:")]
    [InlineData("::127.0.0.1:")]
    [InlineData(":PORT:localhost:PORT")]
    [InlineData("ISSUER.example.test:PORT:[::ffff:127.0.0.1]:PORT")]
    public async Task Connects_to_where_connect_to_says_as_curl_does(string route)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        List<IssuerGateway.Base.SettingError> errors = [];
        ConnectionOverrides overrides = ConnectionOverrides.Parse([], [route.Replace("PORT", issuer.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal)], null, false, errors);

        CheckReport report = await issuer.CheckAsync(issuer.Request() with { Overrides = overrides with { Roots = [issuer.Authority.Root] } });

        Assert.Empty(errors);
        Assert.Empty(CheckFixture.Rules(report));
        Assert.EndsWith("(from --connect-to)", report.Steps.Single(step => step.Step == "dns").Summary, StringComparison.Ordinal);
        Assert.StartsWith("checked with --connect-to, --ca, which no relying party uses", Assert.Single(report.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_each_entry_that_had_no_effect()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        List<IssuerGateway.Base.SettingError> errors = [];
        ConnectionOverrides overrides = ConnectionOverrides.Parse(
            [$"Issuer.example.test:{issuer.Port}:127.0.0.1", "issuer.example.test:443:127.0.0.1", "[2001:db8::1]:443:127.0.0.1"],
            ["other.example.test:443:localhost:8443", $":{issuer.Port}::"], null, false, errors);

        CheckReport report = await issuer.CheckAsync(issuer.Request() with { Overrides = overrides with { Roots = [issuer.Authority.Root] } });

        Assert.Empty(CheckFixture.Rules(report));
        string why = $"had no effect: this command connected to no such host and port (the issuer is on issuer.example.test:{issuer.Port})";
        Assert.Equal(
            [
                $"--connect-to :{issuer.Port}:: had no effect: it names neither a host nor a port to connect to", $"--connect-to other.example.test:443:localhost:8443 {why}",
                $"--resolve [2001:db8::1]:443:127.0.0.1 {why}", $"--resolve issuer.example.test:443:127.0.0.1 {why}",
            ],
            report.Notes.Skip(1));
    }

    /// <summary>What curl 7.88 does with the same options, by its output: each line is a connection, and what had no effect.</summary>
    [Theory]
    [InlineData("--resolve a.test:443:127.0.0.2,[::1]", "127.0.0.2:443 [::1]:443 --resolve", "")]
    [InlineData("--resolve A.test:443:::1,127.0.0.2,", "[::1]:443 127.0.0.2:443 --resolve", "")]
    [InlineData("--resolve +a.test:443:127.0.0.2", "127.0.0.2:443 --resolve", "")]
    [InlineData("--resolve *:443:127.0.0.3", "127.0.0.3:443 --resolve", "")]
    [InlineData("--resolve a.test:443:127.0.0.2 --resolve *:443:127.0.0.3", "127.0.0.2:443 --resolve", "--resolve *:443:127.0.0.3 had no effect: --resolve a.test:443:127.0.0.2 is for that very host")]
    [InlineData("--resolve *:443:127.0.0.3 --resolve a.test:443:127.0.0.2", "127.0.0.2:443 --resolve", "--resolve *:443:127.0.0.3 had no effect: --resolve a.test:443:127.0.0.2 is for that very host")]
    [InlineData("--resolve a.test:443:127.0.0.2 --resolve a.test:443:127.0.0.3", "127.0.0.3:443 --resolve", "--resolve a.test:443:127.0.0.2 had no effect: the last for a host and port counts, and that is --resolve a.test:443:127.0.0.3")]
    [InlineData("--resolve a.test:8443:127.0.0.2 --connect-to a.test:443::8443", "127.0.0.2:8443 --connect-to and --resolve", "")]
    [InlineData("--resolve b.test:8443:127.0.0.2 --connect-to a.test:443:b.test:8443", "127.0.0.2:8443 --connect-to and --resolve", "")]
    [InlineData("--resolve a.test:443:127.0.0.2 --connect-to a.test:443:127.0.0.9:8443", "127.0.0.9:8443 --connect-to",
        "--resolve a.test:443:127.0.0.2 had no effect: --connect-to a.test:443:127.0.0.9:8443 applies first, so that 127.0.0.9:8443 is what --resolve would have to name")]
    [InlineData("--connect-to a.test:443:127.0.0.8: --connect-to a.test:443:127.0.0.9:1", "127.0.0.8:443 --connect-to",
        "--connect-to a.test:443:127.0.0.9:1 had no effect: the first that matches counts, and that is --connect-to a.test:443:127.0.0.8:")]
    [InlineData("--connect-to a.test:443:: --connect-to a.test:443:127.0.0.9:1", "127.0.0.9:1 --connect-to", "--connect-to a.test:443:: had no effect: it names neither a host nor a port to connect to")]
    [InlineData("--resolve 127.0.0.9:8443:127.0.0.2 --connect-to ::127.0.0.9:8443", "127.0.0.2:8443 --connect-to and --resolve", "")]
    public async Task Leads_where_curl_connects_and_says_what_had_no_effect(string line, string connections, string note)
    {
        string[] words = line.Split(' ');
        List<IssuerGateway.Base.SettingError> errors = [];
        ConnectionOverrides overrides = ConnectionOverrides.Parse(ValuesOf(words, "--resolve"), ValuesOf(words, "--connect-to"), null, false, errors);

        (IReadOnlyList<IPEndPoint> endPoints, ConnectionTarget target) = await overrides.LocateAsync("a.test", 443, TestContext.Current.CancellationToken);

        Assert.Empty(errors);
        Assert.Equal(connections, $"{string.Join(' ', endPoints)} {target.Options}");
        Assert.Equal(note, string.Join('\n', overrides.UnusedNotes()));
        Assert.True(target.IsStated);
    }

    [Fact]
    public async Task A_host_of_an_IPv6_address_is_the_same_however_it_is_written()
    {
        ConnectionOverrides overrides = ConnectionOverrides.Parse(["[2001:DB8:0::1]:443:127.0.0.1"], [], null, false, []);

        Assert.Equal([new IPEndPoint(IPAddress.Loopback, 443)], (await overrides.LocateAsync("2001:db8::1", 443, TestContext.Current.CancellationToken)).EndPoints);
    }

    [Theory]
    [InlineData("host")]
    [InlineData("host:443")]
    [InlineData("host:443:")]
    [InlineData("host:443:,")]
    [InlineData("host:0:127.0.0.1")]
    [InlineData("host:99999:127.0.0.1")]
    [InlineData(":443:127.0.0.1")]
    [InlineData("-host:443:127.0.0.1")]
    [InlineData("[::1]x:443:127.0.0.1")]
    [InlineData("host:443:8443")]
    [InlineData("host:443:127.0.0.1:8443")]
    [InlineData("host:443:[127.0.0.1]")]
    [InlineData("host:443:[::1]:8443")]
    [InlineData("host:443:127.1")]
    [InlineData("host:443:localhost")]
    [InlineData("host:443:127.0.0.1, 127.0.0.2")]
    [InlineData("host:443:127.0.0.1,localhost")]
    public void Names_a_resolve_that_is_none(string entry)
    {
        List<IssuerGateway.Base.SettingError> errors = [];

        _ = ConnectionOverrides.Parse([entry], [], null, false, errors);

        Assert.Equal($"--resolve: found \"{entry}\", expected HOST:PORT:ADDRESS[,ADDRESS...]", Assert.Single(errors).Message);
    }

    [Fact]
    public async Task Says_once_what_connect_to_and_resolve_did_together()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        List<IssuerGateway.Base.SettingError> errors = [];
        ConnectionOverrides overrides = ConnectionOverrides.Parse([$"{CheckFixture.Host}:{issuer.Port}:127.0.0.77"], [$"{CheckFixture.Host}::127.0.0.1:{issuer.Port}"], null, false, errors);

        CheckReport report = await issuer.CheckAsync(issuer.Request() with { Overrides = overrides with { Roots = [issuer.Authority.Root] } });

        Assert.Empty(CheckFixture.Rules(report));
        Assert.Equal("127.0.0.1 (from --connect-to)", report.Steps.Single(step => step.Step == "dns").Summary);
        Assert.Equal(
            [
                "checked with --connect-to, --ca, which no relying party uses: run the check without them, from outside your network, before you rely on the result",
                $"--resolve {CheckFixture.Host}:{issuer.Port}:127.0.0.77 had no effect: --connect-to {CheckFixture.Host}::127.0.0.1:{issuer.Port} applies first, so that 127.0.0.1:{issuer.Port} is what --resolve would have to name",
            ],
            report.Notes);
    }

    [Fact]
    public async Task Names_the_host_of_connect_to_that_does_not_resolve()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();

        CheckReport report = await issuer.CheckAsync(issuer.Request() with { Overrides = ConnectionOverrides.Parse([], ["::nowhere.example.invalid:8443"], null, false, []) with { Lookup = (_, _) => throw new SocketException((int)SocketError.HostNotFound) } });

        CheckFinding finding = Assert.Single(report.Findings);
        Assert.Equal(("dns-failed", "correct --connect-to, then: dig +short nowhere.example.invalid"), (finding.Id, finding.Fix));
        Assert.StartsWith("nowhere.example.invalid of --connect-to: ", finding.Found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_the_port_of_connect_to_on_which_nothing_listens()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();

        CheckReport report = await issuer.CheckAsync(issuer.Request() with { Overrides = ConnectionOverrides.Parse([], ["::localhost:1"], null, false, []) });

        Assert.Equal("start what is to listen on localhost:1, such as the port-forward, or correct --connect-to", Assert.Single(report.Findings).Fix);
    }

    private static string[] ValuesOf(string[] words, string option) => [.. words.Zip(words.Skip(1)).Where(pair => pair.First == option).Select(pair => pair.Second)];

    [Theory]
    [InlineData("host")]
    [InlineData("host:443")]
    [InlineData("*:443:other:1")]
    [InlineData("host:443:other:99999")]
    [InlineData("host:x:other:1")]
    [InlineData("host:443:other:1:2")]
    [InlineData("ho st:443:other:1")]
    public void Names_a_connect_to_that_is_none(string route)
    {
        List<IssuerGateway.Base.SettingError> errors = [];

        _ = ConnectionOverrides.Parse([], [route], null, false, errors);

        Assert.Equal("--connect-to", Assert.Single(errors).Key);
    }

    /// <summary>curl's grammar: HOST2 without a port keeps the one of the URL.</summary>
    [Theory]
    [InlineData("host:443:other", "other:443")]
    [InlineData("::other", "other:443")]
    [InlineData("::[::1]", "[::1]:443")]
    [InlineData("host:443:other:", "other:443")]
    [InlineData("host::other:8443", "other:8443")]
    [InlineData("host:443::8443", "host:8443")]
    [InlineData("host:443:", "host:443")]
    [InlineData("host:8443:other", "host:443")]
    public void Connects_to_what_curl_connects_to(string route, string target)
    {
        List<IssuerGateway.Base.SettingError> errors = [];

        Assert.Equal(target, ConnectionOverrides.Parse([], [route], null, false, errors).TargetOf("host", 443).Address);
        Assert.Empty(errors);
    }

    [Theory]
    [InlineData("--connect-to", "*:443:other:1", "--connect-to: found \"*:443:other:1\", expected HOST:PORT:HOST2:PORT2, where an empty HOST is any host", "for example --connect-to :443:localhost:8443")]
    [InlineData("--resolve", "host:443:[fe80::1%lo]", "--resolve: found \"host:443:[fe80::1%lo]\", expected addresses without a zone, as for curl", "give an address of the host that is not link-local")]
    [InlineData("--resolve", "host:443:::1,FE80::1%2", "--resolve: found \"host:443:::1,FE80::1%2\", expected addresses without a zone, as for curl", "give an address of the host that is not link-local")]
    public void Says_what_is_wrong_with_an_entry_that_looks_right(string option, string entry, string message, string hint)
    {
        List<IssuerGateway.Base.SettingError> errors = [];

        _ = ConnectionOverrides.Parse(option == "--resolve" ? [entry] : [], option == "--resolve" ? [] : [entry], null, false, errors);

        Assert.Equal((message, hint), (Assert.Single(errors).Message, errors[0].Hint));
    }

    [Fact]
    public async Task Tries_a_bounded_number_of_addresses()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();

        CheckReport report = await issuer.CheckAsync(Looking(issuer, [.. Enumerable.Range(1, 20).Select(i => $"127.0.0.{i}")]));

        Assert.EndsWith("127.0.0.16, and 4 more, which are not tried", report.Steps.Single(step => step.Step == "dns").Summary, StringComparison.Ordinal);
        Assert.StartsWith("1 of 16 addresses accept connections", report.Steps.Single(step => step.Step == "tcp").Summary, StringComparison.Ordinal);
    }

    /// <summary>The resolver of Linux cannot be canceled, and a name server may never respond.</summary>
    [Fact]
    public async Task Ends_in_time_though_the_resolver_does_not()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        TaskCompletionSource<IPAddress[]> never = new();

        CheckReport report = await issuer.CheckAsync(Looking(issuer) with { Timeout = TimeSpan.FromMilliseconds(300), Overrides = new ConnectionOverrides { Lookup = (_, _) => never.Task } }).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal("check-timeout", Assert.Single(report.Findings, finding => finding.Id != "issuer-port").Id);
    }

    /// <summary>What this machine cannot ask or reach says nothing about the host, also where a document names it.</summary>
    [Theory]
    [InlineData(SocketError.TryAgain, "dns-no-response", "no name server says where it is")]
    [InlineData(SocketError.NetworkUnreachable, "tcp-no-route", "this machine has no route to it")]
    public async Task Has_no_verdict_where_only_this_machine_fails(SocketError error, string rule, string why)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Discovery = issuer.Discovery.Replace($"{issuer.Issuer}/openid", "https://keys.example.net/openid", StringComparison.Ordinal);
        CheckRequest request = Looking(issuer) with
        {
            Overrides = new ConnectionOverrides
            {
                Roots = [issuer.Authority.Root],
                AllowPrivate = true,

                // A multicast address has no route for TCP.
                Lookup = (host, _) => host != "keys.example.net" ? Task.FromResult<IPAddress[]>([IPAddress.Loopback])
                    : error == SocketError.TryAgain ? throw new SocketException((int)error) : Task.FromResult<IPAddress[]>([IPAddress.Parse("239.255.0.1")]),
            },
        };

        CheckReport report = await issuer.CheckAsync(request);

        Assert.Equal((rule, Severity.Warning), Assert.Single(report.Steps.Single(step => step.Step == "jwks").Findings) is var finding ? (finding.Id, finding.Severity) : default);
        Assert.All(report.Parties, party => Assert.Equal((Verdict.Unknown, why), (report.VerdictOf(party), report.WhyOpen(party))));
    }

    /// <summary>The jwks_uri that an API server writes by default is its own address, which nobody should open to the world.</summary>
    [Fact]
    public async Task Does_not_suggest_to_open_the_port_of_another_host_that_the_document_names()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Discovery = issuer.Discovery.Replace($"{issuer.Issuer}/openid", "https://127.0.0.99:6443/openid", StringComparison.Ordinal);

        CheckReport report = await issuer.CheckAsync(Looking(issuer, "127.0.0.1") with { Overrides = new ConnectionOverrides { Roots = [issuer.Authority.Root], AllowPrivate = true, Lookup = (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback]) } });

        CheckFinding finding = Assert.Single(report.Steps.Single(step => step.Step == "jwks").Findings);
        Assert.Equal("http-failed", finding.Id);
        Assert.StartsWith("set --service-account-jwks-uri=", finding.Fix, StringComparison.Ordinal);
    }

    private static CheckRequest Looking(CheckFixture issuer, params string[] addresses) => issuer.Request() with
    {
        AllowsPrivateIssuer = true,
        Overrides = new ConnectionOverrides
        {
            Roots = [issuer.Authority.Root],
            Lookup = (_, _) => Task.FromResult<IPAddress[]>([.. addresses.Select(IPAddress.Parse)]),
        },
    };

    /// <summary>An address that swallows packets: its queue of connections is full, so that the kernel drops every further one.</summary>
    private sealed class SwallowingListener(Socket listener, List<Socket> queue) : IDisposable
    {
        public static async Task<SwallowingListener> StartAsync(IPEndPoint address)
        {
            Socket listener = new(SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(address);
            listener.Listen(0);
            List<Socket> queue = [];
            bool isFull = false;
            while (!isFull)
            {
                Socket client = new(SocketType.Stream, ProtocolType.Tcp);
                queue.Add(client);
                using CancellationTokenSource limit = new(TimeSpan.FromSeconds(1));
                try
                {
                    await client.ConnectAsync(address, limit.Token);
                }
                catch (OperationCanceledException)
                {
                    isFull = true;
                }
            }

            return new SwallowingListener(listener, queue);
        }

        public void Dispose()
        {
            queue.ForEach(socket => socket.Dispose());
            listener.Dispose();
        }
    }
}
