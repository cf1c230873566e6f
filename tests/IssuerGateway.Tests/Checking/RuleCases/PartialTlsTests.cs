using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Issuers;

namespace IssuerGateway.Tests.Checking.RuleCases;

/// <summary>A name with two addresses of which one is broken only above TCP: a relying party takes either.</summary>
public sealed class PartialTlsTests
{
    [Fact]
    public async Task Names_the_address_and_continues_with_the_other()
    {
        (CheckReport report, int port) = await CheckAsync(isHanging: false);

        CheckFinding finding = Assert.Single(report.Findings);
        Assert.Equal(("tls-partial", $"address 1 of 2, 127.0.0.2:{port}: 127.0.0.2:{port} closed the connection during the handshake [tls-failed]"), (finding.Id, finding.Found));
        Assert.All(report.Steps.Where(step => step.Step is "discovery" or "jwks" or "caching"), step => Assert.Equal(StepOutcome.Passed, step.Outcome));
    }

    [Fact]
    public async Task Waits_for_no_address_that_hangs_in_the_handshake()
    {
        (CheckReport report, _) = await CheckAsync(isHanging: true);

        Assert.Equal(["tls-partial"], report.Findings.Select(finding => finding.Id));
        Assert.Equal(Verdict.Accepts, report.VerdictOf(report.Parties[0]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Warns_the_parties_written_in_Go_of_an_address_that_only_they_cannot_use(bool onEvery)
    {
        static void OutsideGo(SslServerAuthenticationOptions tls)
        {
#pragma warning disable CA5398 // The version that the suite belongs to.
            tls.EnabledSslProtocols = SslProtocols.Tls12;
#pragma warning restore CA5398
            tls.CipherSuitesPolicy = new CipherSuitesPolicy([TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256]);
        }

        await using CheckFixture one = await CheckFixture.StartAsync(restrict: onEvery ? OutsideGo : null);
        await using CheckFixture two = await CheckFixture.StartAsync(at: new IPEndPoint(IPAddress.Parse("127.0.0.2"), one.Port), restrict: OutsideGo);
        CheckReport report = await one.CheckAsync(one.Request(profiles: [.. IssuerGateway.Checking.Rules.RelyingParty.Ids.Except(["anthropic"])]) with
        {
            AllowsPrivateIssuer = true,
            Overrides = new ConnectionOverrides
            {
                Roots = [one.Authority.Root, two.Authority.Root],
                Lookup = (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback, IPAddress.Parse("127.0.0.2")]),
            },
        });

        string rule = onEvery ? "tls-no-common-suite" : "tls-partial";
        CheckFinding finding = Assert.Single(report.Findings, finding => finding.Id is "tls-partial" or "tls-no-common-suite");
        Assert.Equal((rule, onEvery ? Severity.Error : Severity.Warning), (finding.Id, finding.Severity));
        Assert.Equal(["vault", "openbao", "kubernetes"], finding.Responses.Select(entry => entry.Party));
        string[] warned = [.. Assert.Single(report.Findings, finding => finding.Id == "tls-weak-suite").Responses.Select(entry => entry.Party)];
        Assert.Equal(report.Parties.Where(party => onEvery || !party.IsWrittenInGo).Select(party => party.Id), warned);
        Assert.All(report.Parties, party => Assert.Equal(onEvery && party.IsWrittenInGo ? Verdict.Rejects : Verdict.Accepts, report.VerdictOf(party)));
    }

    internal static async Task<IEnumerable<CheckFinding>> OneOfTwoAsync() => (await CheckAsync(isHanging: false, [.. IssuerGateway.Checking.Rules.RelyingParty.Ids])).Report.Findings;

    private static async Task<(CheckReport Report, int Port)> CheckAsync(bool isHanging, string[]? profiles = null)
    {
        await using CheckFixture server = await CheckFixture.StartAsync();
        using TcpListener other = new(IPAddress.Parse("127.0.0.2"), server.Port);
        other.Start();
        List<TcpClient> held = [];
        Task accepting = Task.Run(async () =>
        {
            while (true)
            {
                TcpClient client = await other.AcceptTcpClientAsync();
                if (isHanging)
                {
                    held.Add(client);
                }
                else
                {
                    client.Dispose();
                }
            }
        });
        CheckReport report = await server.CheckAsync(server.Request(profiles: profiles) with
        {
            AllowsPrivateIssuer = true,
            Overrides = new ConnectionOverrides
            {
                Roots = [server.Authority.Root],
                Lookup = (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("127.0.0.2"), IPAddress.Loopback]),
            },
        });
        other.Stop();
        await accepting.ContinueWith(_ => { }, TaskScheduler.Default);
        held.ForEach(client => client.Dispose());
        return (report, server.Port);
    }
}
