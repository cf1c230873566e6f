using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Checking.Fetching.Routing;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Handshakes;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Tests.Issuers;
using IssuerGateway.Demo;
using IssuerGateway.Issuers;

namespace IssuerGateway.Tests.Checking;

/// <summary>Against openssl s_server, which speaks as configured.</summary>
public sealed class FailedHandshakeTests : IDisposable
{
    private readonly TestAuthority authority = new();
    private CheckReport? last;
    private readonly int port = FreePorts.Take(1)[0];

    public void Dispose() => authority.Dispose();

    [Theory]
    [InlineData("-tls1_1", "TLS 1.1")]
    [InlineData("-tls1", "TLS 1.0")]
    [InlineData("-tls1", "TLS 1.0", "ECDHE-ECDSA-AES128-SHA")]
    public async Task Names_a_server_that_speaks_nothing_newer(string version, string found, string cipher = "ALL")
    {
        StepReport tls = await CheckAsync(version, cipher);

        CheckFinding finding = Assert.Single(tls.Findings);
        Assert.Equal(("tls-old-protocol", "TLS 1.2 or 1.3", found), (finding.Id, finding.Rule.Expected, finding.Found));
        Assert.Equal(StepOutcome.Failed, tls.Outcome);
    }

    [Fact]
    public async Task Takes_a_server_that_speaks_TLS_1_2() => Assert.Empty((await CheckAsync("-tls1_2")).Findings);

    [Fact]
    public async Task Warns_of_a_thumbprint_where_TLS_1_3_is_required()
    {
        StepReport tls = await CheckAsync("-tls1_3");

        CheckFinding finding = Assert.Single(tls.Findings);
        Assert.Equal(("tls-13-only", "the server rejects TLS 1.2"), (finding.Id, finding.Found));
        Assert.Equal(["aws"], finding.Responses.Select(entry => entry.Party));
    }

    [Theory]
    [InlineData("ECDHE-ECDSA-AES128-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256")]
    [InlineData("ECDHE-ECDSA-AES256-SHA", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA")]
    public async Task Validates_a_server_with_CBC_suites_as_relying_parties_do_and_warns(string cipher, string suite)
    {
        StepReport tls = await CheckAsync("-tls1_2", cipher);

        CheckFinding finding = Assert.Single(tls.Findings, finding => finding.Id == "tls-weak-suite");
        Assert.Equal(suite, finding.Found);
        Assert.Equal(RelyingParty.Ids, finding.Responses.Select(entry => entry.Party));
        Assert.True(tls.IsAcceptedBy(RelyingParty.Find("entra")!));
    }

    [Theory]
    [InlineData("-tls1_2", "ECDHE-ECDSA-AES128-CCM", "the server chooses TLS 1.2 with TLS_ECDHE_ECDSA_WITH_AES_128_CCM")]
    [InlineData("-tls1_2", "ECDHE-ECDSA-AES256-CCM8", "the server chooses TLS 1.2 with TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8")]
    [InlineData("-tls1_2", "ECDHE-ECDSA-ARIA128-GCM-SHA256", "the server chooses TLS 1.2 with TLS_ECDHE_ECDSA_WITH_ARIA_128_GCM_SHA256")]
    [InlineData("-tls1_2", "AECDH-AES128-SHA", "the server chooses TLS 1.2 with TLS_ECDH_anon_WITH_AES_128_CBC_SHA")]
    [InlineData("-tls1_3", "ALL", "the server chooses TLS 1.3 with TLS_AES_128_CCM_SHA256", "-ciphersuites", "TLS_AES_128_CCM_SHA256")]
    [InlineData("-tls1_3", "ALL", "the server chooses TLS 1.3 with the key exchange x448", "-groups", "X448")]
    [InlineData("-tls1_3", "ALL", "the server chooses TLS 1.3 with the key exchange ffdhe2048", "-groups", "ffdhe2048")]
    public async Task Names_what_a_server_offers_that_no_relying_party_does(string version, string cipher, string found, params string[] more)
    {
        StepReport tls = await CheckAsync(version, cipher, more: more);

        CheckFinding finding = Assert.Single(tls.Findings);
        Assert.Equal(("tls-no-common-suite", found), (finding.Id, finding.Found));
        Assert.Equal(RelyingParty.Ids, finding.Responses.Select(entry => entry.Party));
        Assert.StartsWith("enable TLS 1.3", finding.Fix, StringComparison.Ordinal);
    }

    /// <summary>The test process has the gateway's configuration of OpenSSL, and <c>issuerctl</c> that of the machine, which offers more.</summary>
    [Theory]
    [InlineData("-groups", "X448", "with the key exchange x448")]
    [InlineData("-groups", "ffdhe2048", "with the key exchange ffdhe2048")]
    [InlineData("-groups", "P-256", null)]
    public async Task Is_the_same_whatever_the_machine_offers(string option, string value, string? found)
    {
        using TemporaryDirectory directory = new();
        await File.WriteAllTextAsync(directory.File("ca.crt"), authority.Root.ExportCertificatePem());
        await using OpenSslServer server = await OpenSslServer.StartAsync(port, authority, authority.Leaf(CheckFixture.Host), ["-tls1_3", option, value]);
        using Process program = Process.Start(new ProcessStartInfo("dotnet",
        [
            Path.Combine(AppContext.BaseDirectory, "issuerctl.dll"), "check", $"https://{CheckFixture.Host}:{port}", "--resolve", $"{CheckFixture.Host}:{port}:127.0.0.1", "--ca", directory.File("ca.crt"), "--profile", "entra",
        ]) { RedirectStandardOutput = true })!;
        string output = await program.StandardOutput.ReadToEndAsync();
        await program.WaitForExitAsync();

        Assert.Equal(found is not null, output.Contains("[tls-no-common-suite]", StringComparison.Ordinal));
        Assert.Contains(found ?? "✓ TLS ", output, StringComparison.Ordinal);
    }

    /// <summary>A server that says nothing to the further hellos of the check, after a good handshake, costs the documents little time.</summary>
    [Fact]
    public async Task Does_not_wait_for_what_a_server_says_to_further_hellos()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        int accepted = 0;
        Task relaying = Task.Run(async () =>
        {
            while (true)
            {
                TcpClient client = await listener.AcceptTcpClientAsync();

                // The connection, the handshake, and then the first hello by hand.
                _ = ++accepted == 3 ? Task.CompletedTask : RelayAsync(client, issuer.Port);
            }
        });
        CheckRequest request = issuer.Request();

        CheckReport report = await issuer.CheckAsync(request with
        {
            Overrides = request.Overrides with { Resolve = [], ConnectTo = [new ConnectTo(null, issuer.Port, "127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port)] },
            Timeout = TimeSpan.FromSeconds(9),
        });
        listener.Stop();
        await relaying.ContinueWith(_ => { }, TaskScheduler.Default);

        Assert.True(accepted > 3);
        Assert.Empty(report.Findings);
        Assert.Equal(Verdict.Accepts, report.VerdictOf(report.Parties[0]));
    }

    private static async Task RelayAsync(TcpClient client, int port)
    {
        using TcpClient server = new();
        await server.ConnectAsync(IPAddress.Loopback, port);
        await Task.WhenAny(client.GetStream().CopyToAsync(server.GetStream()), server.GetStream().CopyToAsync(client.GetStream()));
        client.Dispose();
    }

    /// <summary>Finite-field DHE is no suite of Go's crypto/tls, and of CBC it offers what has SHA-1 only.</summary>
    [Theory]
    [InlineData("DHE-RSA-AES128-GCM-SHA256", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256")]
    [InlineData("AES128-GCM-SHA256", "TLS_RSA_WITH_AES_128_GCM_SHA256")]
    [InlineData("ECDHE-RSA-AES128-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256")]
    public async Task Names_the_parties_written_in_Go_where_only_they_lack_the_suite(string cipher, string suite)
    {
        StepReport tls = await CheckAsync("-tls1_2", cipher, isRsa: true);

        CheckFinding finding = Assert.Single(tls.Findings, finding => finding.Id == "tls-no-common-suite");
        Assert.Equal($"the server chooses TLS 1.2 with {suite}, and rejects what Go offers, in which the party is written", finding.Found);
        Assert.Equal(["vault", "openbao", "kubernetes"], finding.Responses.Select(entry => entry.Party));
    }

    [Theory]
    [InlineData("DHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256")]
    [InlineData("ECDHE-RSA-AES128-SHA")]
    public async Task Takes_for_Go_a_server_that_has_another_suite_too(string cipher) =>
        Assert.DoesNotContain((await CheckAsync("-tls1_2", cipher, isRsa: true)).Findings, finding => finding.Id == "tls-no-common-suite");

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n")]
    [InlineData("<!DOCTYPE HTML>\n<html>")]
    public async Task Names_the_server_that_speaks_plain_HTTP(string response)
    {
        StepReport tls = await AnswerAsync(System.Text.Encoding.ASCII.GetBytes(response));

        Assert.Equal(("tls-failed", $"127.0.0.1:{port} speaks plain HTTP"), (tls.Findings[0].Id, tls.Findings[0].Found));
    }

    [Fact]
    public async Task Shows_what_is_no_TLS_without_its_control_characters()
    {
        StepReport tls = await AnswerAsync("SSH-2.0-\u001b[31mOpenSSH\r\n"u8.ToArray());

        Assert.Equal($"127.0.0.1:{port} does not speak TLS; it responds \"SSH-2.0-?[31mOpenSSH\"", tls.Findings[0].Found);
    }

    [Fact]
    public async Task Names_the_alert_of_a_server_that_has_no_certificate_for_the_host()
    {
        StepReport tls = await AnswerAsync([21, 3, 3, 0, 2, 2, 112]);

        Assert.Equal($"127.0.0.1:{port} rejected the handshake with alert 112 (unrecognized_name)", tls.Findings[0].Found);
        Assert.StartsWith($"load a certificate for {CheckFixture.Host} where TLS is terminated", tls.Findings[0].Fix, StringComparison.Ordinal);
    }

    /// <summary>Hellos that end in the middle of every member.</summary>
    [Fact]
    public void Reads_no_byte_that_a_server_did_not_send()
    {
        byte[] hello = [2, 0, 0, 50, 3, 3, .. new byte[32], 0, 0x13, 1, 0, 0, 12, 0, 43, 0, 2, 3, 4, 0, 51, 0, 2, 0, 29];
        Assert.Equal((ushort)0x0304, ServerResponse.Parse(22, hello)!.Version);
        for (int length = 0; length < hello.Length; length++)
        {
            _ = ServerResponse.Parse(22, hello.AsSpan(0, length));
            byte[] wrong = [.. hello];
            wrong[length] = 0xFF;
            _ = ServerResponse.Parse(22, wrong);
        }
    }

    /// <summary>A server that responds to every connection with the same bytes.</summary>
    private async Task<StepReport> AnswerAsync(byte[] response)
    {
        using TcpListener listener = new(IPAddress.Loopback, port);
        listener.Start();
        Task responding = Task.Run(async () =>
        {
            while (true)
            {
                using TcpClient client = await listener.AcceptTcpClientAsync();
                await client.GetStream().ReadAtLeastAsync(new byte[100], 100, throwOnEndOfStream: false);
                await client.GetStream().WriteAsync(response);
            }
        });
        StepReport tls = await CheckAsync();
        listener.Stop();
        await responding.ContinueWith(_ => { }, TaskScheduler.Default);
        return tls;
    }

    /// <summary>In TLS 1.2 the handshake ends there, in TLS 1.3 the first read does.</summary>
    [Theory]
    [InlineData("-tls1_2", "requires a client certificate")]
    [InlineData("-tls1_3", "the server requires a client certificate")]
    public async Task Names_the_client_certificate_that_a_server_requires(string version, string found)
    {
        await CheckAsync(version, more: ["-Verify", "1", "-verify_return_error"]);

        CheckFinding finding = Assert.Single(last!.Findings, finding => finding.Id is "tls-failed" or "http-failed");
        Assert.EndsWith(found, finding.Found, StringComparison.Ordinal);
        Assert.StartsWith("require no client certificate", finding.Fix, StringComparison.Ordinal);
    }

    private async Task<StepReport> CheckAsync(string version, string cipher = "ALL", bool isRsa = false, string[]? more = null)
    {
        await using OpenSslServer server = await OpenSslServer.StartAsync(port, authority, isRsa ? authority.RsaLeaf(CheckFixture.Host) : authority.Leaf(CheckFixture.Host), [version, "-cipher", $"{cipher}:@SECLEVEL=0", .. more ?? []]);
        return await CheckAsync();
    }

    private async Task<StepReport> CheckAsync()
    {
        last = await OpenSslServer.CheckAsync(port, authority);
        return last.Steps.Single(step => step.Step == "tls");
    }
}
