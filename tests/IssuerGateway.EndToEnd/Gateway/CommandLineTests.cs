using System.Net;
using System.Net.Sockets;
using IssuerGateway.Demo.StandIn;

namespace IssuerGateway.EndToEnd.Gateway;

/// <summary>Command lines as a user types them: command, output, exit code.</summary>
public sealed class CommandLineTests
{
    [Fact]
    public async Task A_bad_configuration_ends_with_2_and_every_error_before_a_port_opens()
    {
        (int exitCode, string output, string error) = await GatewayRun.RunAsync(
            "serve", "--set", "Issuers:0:Identifier=http://oidc.example.com", "--set", "Issuers:0:Upstream:Kind=Directory", "--set", "Edge:HttpsPort=70000", "--set", "Tls:Mode=SelfSigned", "--set", "Refresh:Intervall=1m");

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Equal(
            """
            issuer-gateway: error: Issuers:0:Identifier: found "http://oidc.example.com", expected an https URL
            issuer-gateway: hint: OIDC Discovery §3 requires https; change --service-account-issuer of the API server
            issuer-gateway: error: Issuers:0:Upstream:Directory: is required: the path of a directory
            issuer-gateway: hint: set Issuers:0:Upstream:Directory to the directory that issuer-gateway export writes
            issuer-gateway: error: Edge:HttpsPort: found "70000", expected a whole number from 0 to 65535
            issuer-gateway: hint: remove Edge:HttpsPort for the default of 8443
            issuer-gateway: error: Refresh:Intervall: found an unknown key, expected a key of docs/reference/configuration.md
            issuer-gateway: hint: did you mean Refresh:Interval?
            """,
            error);
    }

    [Fact]
    public async Task A_certificate_that_cannot_be_served_ends_with_2()
    {
        (int exitCode, _, string error) = await GatewayRun.RunAsync(
            "serve", "--set", "Issuers:0:Identifier=https://oidc.example.com", "--set", "Tls:Certificates:0:CertificateFile=/nowhere/tls.crt", "--set", "Tls:Certificates:0:KeyFile=/nowhere/tls.key");

        Assert.Equal(2, exitCode);
        Assert.Equal(
            """
            issuer-gateway: error: Tls:Certificates:0:CertificateFile: /nowhere/tls.crt does not exist
            issuer-gateway: hint: correct Tls:Certificates:0:CertificateFile, or put the file there and let the user of the gateway read it
            issuer-gateway: error: Tls:Certificates:0:KeyFile: /nowhere/tls.key does not exist
            issuer-gateway: hint: correct Tls:Certificates:0:KeyFile, or put the file there and let the user of the gateway read it
            """,
            error);
    }

    [Fact]
    public async Task A_port_in_use_ends_with_3_and_one_clear_error()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        using TcpListener other = new(IPAddress.Loopback, site.Port);
        other.Start();
        await using GatewayRun gateway = site.Serve();
        using CancellationTokenSource ended = new();
        Task probes = Task.Run(async () =>
        {
            while (!ended.IsCancellationRequested)
            {
                await site.StatusOfAsync("/readyz");
            }
        });

        int exitCode = await gateway.ExitAsync();
        await ended.CancelAsync();
        await probes;

        Assert.Equal(3, exitCode);
        Assert.Equal(
            $"""
            issuer-gateway: error: Edge:HttpsPort: port {site.Port} is in use by another process
            issuer-gateway: hint: find it with "ss -ltnp sport = :{site.Port}" and stop it, or set Edge:HttpsPort to a free port
            """,
            gateway.Error);
        Assert.DoesNotContain("   at ", gateway.Output + gateway.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Edge:Address=203.0.113.9", "Edge:Address: 203.0.113.9 is not an address of this machine", "set Edge:Address to an address that \"ip address\" lists, or to * for every address")]
    [InlineData("Operations:Address=203.0.113.9", "Operations:Address: 203.0.113.9 is not an address of this machine", "set Operations:Address to an address that \"ip address\" lists, or to * for every address")]
    [InlineData("Operations:Port=PORT", "Operations:Port: port PORT is also Edge:HttpsPort", "give Operations:Port and Edge:HttpsPort different ports")]
    [InlineData("Tls:SelfSigned:ExportFile=/nowhere/at/all.pem", "Tls:SelfSigned:ExportFile: the folder /nowhere/at does not exist", "create the folder and let this process write there, or remove Tls:SelfSigned:ExportFile")]
    public async Task A_start_that_fails_ends_with_3_and_a_sentence_of_its_own(string setting, string message, string hint)
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        string port = $"{site.Port}";
        await using GatewayRun gateway = site.Serve(setting.Replace("PORT", port, StringComparison.Ordinal));

        Assert.Equal(3, await gateway.ExitAsync());
        Assert.Equal($"issuer-gateway: error: {message}\nissuer-gateway: hint: {hint}".Replace("PORT", port, StringComparison.Ordinal), gateway.Error);
        Assert.DoesNotContain("   at ", gateway.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_privileged_port_ends_with_3_and_a_sentence_of_its_own()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        string[] unprivileged = ["setpriv", "--bounding-set=-net_bind_service", "--inh-caps=-all", "--"];
        await using GatewayRun gateway = GatewayRun.StartIn(unprivileged, [], ["serve", .. site.Settings("Operations:Port=81")]);

        Assert.Equal(3, await gateway.ExitAsync());
        Assert.Equal(
            """
            issuer-gateway: error: Operations:Port: this user may not listen on port 81
            issuer-gateway: hint: set Operations:Port to a port above 1023, or grant the capability NET_BIND_SERVICE
            """,
            gateway.Error);
    }

    [Fact]
    public async Task Two_issuers_on_one_route_are_rejected()
    {
        (int exitCode, _, string error) = await GatewayRun.RunAsync(
            "serve", "--set", "Tls:Mode=SelfSigned",
            "--set", "Issuers:0:Identifier=https://oidc.example.com/a", "--set", "Issuers:1:Identifier=https://OIDC.example.com:443/a/");

        Assert.Equal(2, exitCode);
        Assert.Equal(
            """
            issuer-gateway: error: Issuers:1:Identifier: found "https://OIDC.example.com:443/a/", expected an identifier with a host and path of its own; Issuers:0:Identifier "https://oidc.example.com/a" is fetched from the same URL
            issuer-gateway: hint: remove one of the two, or give the clusters different hosts or paths
            """,
            error);
    }

    [Theory]
    [InlineData("serve --nonsense", "unrecognized command or argument '--nonsense'")]
    [InlineData("publish", "unrecognized command or argument 'publish'")]
    [InlineData("export", "option '--output' is required")]
    public async Task A_wrong_command_line_ends_with_2(string arguments, string message)
    {
        (int exitCode, string output, string error) = await GatewayRun.RunAsync(arguments.Split(' '));

        Assert.Equal((2, ""), (exitCode, output));
        Assert.StartsWith($"issuer-gateway: error: {message}", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task File_environment_and_command_line_are_merged_and_printed_without_secrets()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        string file = site.PathOf("gateway.json");
        await File.WriteAllTextAsync(file, """
            {
              // comments are allowed
              "Issuers": [{ "Identifier": "https://oidc.example.com" }],
              "Tls": { "Mode": "SelfSigned" },
              "Edge": { "HttpsPort": 1, "HttpPort": 2 },
            }
            """);

        (int exitCode, string output, string error) = await GatewayRun.RunAsync("serve", "--config", file, "--set", "Edge:HttpsPort=3", "--print-config");

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("Issuers:0:Identifier = https://oidc.example.com\n", output, StringComparison.Ordinal);
        Assert.Contains("Edge:HttpsPort = 3\n", output, StringComparison.Ordinal);
        Assert.Contains("Edge:HttpPort = 2\n", output, StringComparison.Ordinal);
        Assert.Contains("MaxStale = 7d\n", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ \"Edge\": ")]
    [InlineData("{ \"Edge\": { \"HttpPort\": 1 }, \"edge\": { \"HttpPort\": 2 } }")]
    [InlineData("[]")]
    [InlineData("{ \"Tls\": { \"Mode\": \"\\ud800\" } }")]
    public async Task A_broken_file_ends_with_2_and_says_where(string json)
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        string file = site.PathOf("gateway.json");
        await File.WriteAllTextAsync(file, json);

        (int exitCode, _, string error) = await GatewayRun.RunAsync("serve", "--config", file);

        Assert.Equal(2, exitCode);
        Assert.StartsWith($"issuer-gateway: error: --config: found {file}: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_identifier_it_serves_the_iss_of_its_token_with_a_warning()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        await using GatewayRun gateway = await site.ServeUntilReadyAsync("Issuers:0:Identifier=");

        Assert.Equal($"issuer-gateway: warning: Issuers:0:Identifier: not set, using the iss of the gateway's own token, \"{site.Issuer}\"\nissuer-gateway: hint: set Issuers:0:Identifier to \"{site.Issuer}\", so that another token cannot change it", gateway.Error);
        using HttpClient relyingParty = site.Public();
        Assert.Contains($"\"issuer\":\"{site.Issuer}\"", await relyingParty.GetStringAsync("/.well-known/openid-configuration"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Healthcheck_and_keys_query_the_running_gateway()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        string[] operations = ["--set", $"Operations:Port={site.OperationsPort}"];
        Assert.Equal(1, (await GatewayRun.RunAsync(["healthcheck", .. operations])).ExitCode);
        Assert.Equal(3, (await GatewayRun.RunAsync(["keys", .. operations])).ExitCode);

        await using GatewayRun gateway = await site.ServeUntilReadyAsync();

        Assert.Equal((0, "documents: ok\nedge: ok\ncertificates: ok", ""), await GatewayRun.RunAsync(["healthcheck", .. operations]));
        Assert.Equal((0, "watchdog: ok", ""), await GatewayRun.RunAsync(["healthcheck", "--live", .. operations]));
        (int exitCode, string keys, _) = await GatewayRun.RunAsync(["keys", .. operations]);
        Assert.Equal(0, exitCode);
        Assert.StartsWith($"{site.Issuer} (watching since ", keys, StringComparison.Ordinal);
        Assert.Contains($"\n  {site.Cluster.Server.Keys[0].KeyId} RS256 first seen ", keys, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_writes_what_a_Directory_upstream_publishes()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        string bucket = site.PathOf("bucket");

        (int exitCode, string output, string error) = await GatewayRun.RunAsync(["export", "--output", bucket, .. site.Settings()]);
        string warnings = $"issuer-gateway: warning: issuer-port: issuer \"{site.Issuer}\": port {site.Port} is part of it\nissuer-gateway: hint: AWS IAM documents that an issuer should not contain a port, and drops :443; Anthropic rejects another port; use 443 and leave it out";
        Assert.Equal((0, warnings), (exitCode, error));
        string root = Path.Combine(bucket, $"localhost:{site.Port}");
        Assert.Equal($"wrote {root}/openid/v1/jwks (", output.Split('\n')[0][..$"wrote {root}/openid/v1/jwks (".Length]);
        Assert.Equal((0, "", warnings), await GatewayRun.RunAsync(["export", "--output", bucket, .. site.Settings()]));

        await site.Cluster.Server.StopAsync();
        site.Upstream = ["Issuers:0:Upstream:Kind=Directory", $"Issuers:0:Upstream:Directory={root}"];
        await using GatewayRun gateway = await site.ServeUntilReadyAsync();
        using HttpClient relyingParty = site.Public();
        Assert.Equal($"{{\"keys\":[{site.Cluster.Server.Keys[0].Jwk}]}}", await relyingParty.GetStringAsync("/openid/v1/jwks"));
    }

    [Fact]
    public async Task Export_of_a_rejected_document_ends_with_1_and_leaves_the_files()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        string bucket = site.PathOf("bucket");
        await GatewayRun.RunAsync(["export", "--output", bucket, .. site.Settings()]);
        string file = Path.Combine(bucket, $"localhost:{site.Port}", "openid/v1/jwks");
        string before = await File.ReadAllTextAsync(file);
        site.Cluster.Server.Break(FaultKind.EmptySet, FaultTarget.KeySet);

        (int exitCode, string output, string error) = await GatewayRun.RunAsync(["export", "--output", bucket, .. site.Settings()]);

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("issuer-gateway: error: key-set-empty: JWK Set: no keys, expected at least one\n", error, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task Check_finds_nothing_wrong_with_the_gateway_and_its_token()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        await using GatewayRun gateway = await site.ServeUntilReadyAsync();
        string token = site.PathOf("workload-token");
        await File.WriteAllTextAsync(token, site.Cluster.Server.Mint(site.Cluster.AddAccount("default", "azure-demo"), ["api://AzureADTokenExchange"]).Text);

        (int exitCode, string output, string error) = await GatewayRun.RunAsync(
            ["check", site.Issuer, "--ca", site.RootFile, "--resolve", $"localhost:{site.Port}:127.0.0.1", "--token", token, "--subject", "system:serviceaccount:default:azure-demo", "--upstream", .. site.Settings()]);

        Assert.Equal("", error);
        Assert.StartsWith($"✓ Microsoft Entra ID would accept the token of {site.Issuer}\n", output, StringComparison.Ordinal);
        Assert.Contains("Note: checked with --resolve, --ca, which no relying party uses", output, StringComparison.Ordinal);
        Assert.EndsWith("Not checked: exchange (--exchange)\nResult: no problems found", output, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    [Fact]
    public async Task Check_ends_with_1_on_findings_and_with_2_on_usage()
    {
        Assert.Equal(1, (await GatewayRun.RunAsync("check", "https://127.0.0.1:1")).ExitCode);
        (int typed, _, string meant) = await GatewayRun.RunAsync("check", "oidc.example.com");
        Assert.Equal((2, "issuer-gateway: error: ISSUER-URL: \"oidc.example.com\" is not an issuer, expected an https URL\nissuer-gateway: hint: did you mean https://oidc.example.com?"), (typed, meant));
        (int exitCode, _, string error) = await GatewayRun.RunAsync("check", "https://oidc.example.com", "--profile", "nobody");
        Assert.Equal(2, exitCode);
        Assert.StartsWith("issuer-gateway: error: --profile: \"nobody\" is not a profile", error, StringComparison.Ordinal);
    }
}
