using System.Net;
using System.Net.Sockets;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Fetching;

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
        Assert.Equal([$"--connect-to other.example.test:443:localhost:8443 {why}", $"--resolve [2001:db8::1]:443:127.0.0.1 {why}", $"--resolve issuer.example.test:443:127.0.0.1 {why}"], report.Notes.Skip(1));
    }

    [Theory]
    [InlineData("host")]
    [InlineData("host:443")]
    [InlineData("host:443:other")]
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
