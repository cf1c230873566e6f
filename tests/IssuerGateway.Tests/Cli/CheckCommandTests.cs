using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using IssuerGateway.Base;
using IssuerGateway.Cli;
using IssuerGateway.Tests.Checking;

namespace IssuerGateway.Tests.Cli;

/// <summary>Command lines of <c>check</c> with what they print and how they end.</summary>
public sealed partial class CheckCommandTests : IDisposable
{
    private const string Issuer = "https://" + CheckFixture.Host;

    private static string Repository { get; } = typeof(CheckCommandTests).Assembly
        .GetCustomAttributes(typeof(System.Reflection.AssemblyMetadataAttribute), false).Cast<System.Reflection.AssemblyMetadataAttribute>().Single(entry => entry.Key == "RepositoryRoot").Value!;

    private readonly string directory = Directory.CreateTempSubdirectory("issuer-gateway-check-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    public static TheoryData<string, string> WrongLines => new()
    {
        { "", "ISSUER-URL: is required|issuer-gateway check https://oidc.example.com, or --config FILE with Issuers:0:Identifier" },
        { "oidc.example.com", "ISSUER-URL: \"oidc.example.com\" is not an issuer, expected an https URL|did you mean https://oidc.example.com?" },
        { "http://oidc.example.com/a", "ISSUER-URL: \"http://oidc.example.com/a\" is not an issuer, expected an https URL|did you mean https://oidc.example.com/a?" },
        { "//oidc.example.com", "ISSUER-URL: \"//oidc.example.com\" is not an issuer, expected an https URL|did you mean https://oidc.example.com?" },
        { "HTTPS://oidc.example.com", "ISSUER-URL: \"HTTPS://oidc.example.com\" is not an issuer, expected an https URL|did you mean https://oidc.example.com?" },
        { "https://oidc.example.com/.well-known/openid-configuration", "ISSUER-URL: \"https://oidc.example.com/.well-known/openid-configuration\" is not an issuer, expected the issuer, not the URL of its discovery document|did you mean https://oidc.example.com?" },
        { "https://oidc.example.com/.well-known/openid-configuration/", "ISSUER-URL: \"https://oidc.example.com/.well-known/openid-configuration/\" is not an issuer, expected the issuer, not the URL of its discovery document|did you mean https://oidc.example.com?" },
        { "https://oidc.example.com/a/.well-known/OpenID-Configuration", "ISSUER-URL: \"https://oidc.example.com/a/.well-known/OpenID-Configuration\" is not an issuer, expected the issuer, not the URL of its discovery document|did you mean https://oidc.example.com/a?" },
        { "https://oidc.example.com/openid/v1/jwks", "ISSUER-URL: \"https://oidc.example.com/openid/v1/jwks\" is not an issuer, expected the issuer, not the URL of its JWK Set|did you mean https://oidc.example.com?" },
        { "https:/oidc.example.com", "ISSUER-URL: \"https:/oidc.example.com\" is not an issuer, expected an https URL|did you mean https://oidc.example.com?" },
        { "https//oidc.example.com", "ISSUER-URL: \"https//oidc.example.com\" is not an issuer, expected an https URL|did you mean https://oidc.example.com?" },
        { "<https://oidc.example.com>", "ISSUER-URL: \"<https://oidc.example.com>\" is not an issuer, expected an https URL|did you mean https://oidc.example.com?" },
        { "https://b\u00fccher.example", "ISSUER-URL: \"https://b?cher.example\" is not an issuer, expected printable ASCII without white space|did you mean https://xn--bcher-kva.example?" },
        { "https://[fe80::1%25eth0]", "ISSUER-URL: \"https://[fe80::1%25eth0]\" is not an issuer, expected a host and an optional port after https://|give the issuer exactly as tokens carry it, for example https://oidc.example.com" },
        { "https://oidc.example.com:99999", "ISSUER-URL: \"https://oidc.example.com:99999\" is not an issuer, expected a port from 1 to 65535 after the host|did you mean https://oidc.example.com?" },
        { "https://oidc.example.com:https/a", "ISSUER-URL: \"https://oidc.example.com:...\" is not an issuer, expected a port from 1 to 65535 after the host|did you mean https://oidc.example.com/a?" },
        { "https://a.example.org:Pa55w0rdX", "ISSUER-URL: \"https://a.example.org:...\" is not an issuer, expected a port from 1 to 65535 after the host|did you mean https://a.example.org?" },
        { "a.example.org:Pa55w0rdX", "ISSUER-URL: \"a.example.org:...\" is not an issuer, expected an https URL|did you mean https://a.example.org?" },
        { "https://oidc.example.com:", "ISSUER-URL: \"https://oidc.example.com:\" is not an issuer, expected a port from 1 to 65535 after the host|did you mean https://oidc.example.com?" },
        { "https://oidc.example.com.", "ISSUER-URL: \"https://oidc.example.com.\" is not an issuer, expected a host without a dot at its end, which no certificate has (RFC 6066 §3)|did you mean https://oidc.example.com?" },
        { "https://oidc.example.com.:8443/a", "ISSUER-URL: \"https://oidc.example.com.:8443/a\" is not an issuer, expected a host without a dot at its end, which no certificate has (RFC 6066 §3)|did you mean https://oidc.example.com:8443/a?" },
        { "https://oidc.example.com//", "ISSUER-URL: \"https://oidc.example.com//\" is not an issuer, expected a path without empty, dot or encoded-dot segments|did you mean https://oidc.example.com/?" },
        { "file:///etc/passwd", "ISSUER-URL: \"file:///etc/passwd\" is not an issuer, expected an https URL|give the issuer exactly as tokens carry it, for example https://oidc.example.com" },
        { "https://oidc.example.com?a=b", "ISSUER-URL: \"https://oidc.example.com?...\" is not an issuer, expected no query, fragment or backslash|did you mean https://oidc.example.com?" },
        { "https://a.blob.core.windows.net/oidc?sv=2026-01-01&sig=c2VjcmV0", "ISSUER-URL: \"https://a.blob.core.windows.net/oidc?...\" is not an issuer, expected no query, fragment or backslash|did you mean https://a.blob.core.windows.net/oidc?" },
        { "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl", "ISSUER-URL: the value is a token or contains one, and a URL is expected|write the token to a file: check https://oidc.example.com --token FILE" },
        { "https://oidc.example.com/?token=eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl", "ISSUER-URL: the value is a token or contains one, and a URL is expected|write the token to a file: check https://oidc.example.com --token FILE" },
        { "https://oidc.example.com#id_token=c2VjcmV0", "ISSUER-URL: \"https://oidc.example.com#...\" is not an issuer, expected no query, fragment or backslash|did you mean https://oidc.example.com?" },
        { "https://https://oidc.example.com", "ISSUER-URL: \"https://https://oidc.example.com\" is not an issuer, expected a host and an optional port after https://|did you mean https://oidc.example.com?" },
        { "https://2001:db8::1", "ISSUER-URL: \"https://2001:db8::1\" is not an issuer, expected a host and an optional port after https://|did you mean https://[2001:db8::1]?" },
        { "\u200bhttps://oidc.example.com", "ISSUER-URL: \"?https://oidc.example.com\" is not an issuer, expected printable ASCII without white space|did you mean https://oidc.example.com?" },
        { "0123456789012345678901234567890123456789abc", "ISSUER-URL: the value is a token or contains one, and a URL is expected|write the token to a file: check https://oidc.example.com --token FILE" },
        { "abcdef.0123456789abcdef", "ISSUER-URL: the value is a token or contains one, and a URL is expected|write the token to a file: check https://oidc.example.com --token FILE" },
        { "https://joe:secret@oidc.example.com", "ISSUER-URL: a URL with user information is not an issuer, expected a host and an optional port after https://|did you mean https://oidc.example.com?" },
        { "https://joe:pa/s3cr3t@oidc.example.com", "ISSUER-URL: a URL with user information is not an issuer, expected a host and an optional port after https://|give the issuer exactly as tokens carry it, for example https://oidc.example.com" },
        { "https://joe:12/s3cr3t@oidc.example.com", "ISSUER-URL: a URL with user information is not an issuer, expected a host and an optional port after https://|give the issuer exactly as tokens carry it, for example https://oidc.example.com" },
        { "https://s3cr3t/a@oidc.example.com", "ISSUER-URL: a URL with user information is not an issuer, expected a host and an optional port after https://|give the issuer exactly as tokens carry it, for example https://oidc.example.com" },
        { "https://joe:pa@s3cr3t@oidc.example.com", "ISSUER-URL: a URL with user information is not an issuer, expected a host and an optional port after https://|give the issuer exactly as tokens carry it, for example https://oidc.example.com" },
        { "https://joe:s3cr3t\uff20oidc.example.com", "ISSUER-URL: a URL with user information is not an issuer, expected printable ASCII without white space|did you mean https://oidc.example.com?" },
        { "https://joe:s3cr3t", "ISSUER-URL: a URL with user information is not an issuer, expected a host and an optional port after https://|give the issuer exactly as tokens carry it, for example https://oidc.example.com" },
        { "joe:s3cr3t/a.b", "ISSUER-URL: a URL with user information is not an issuer, expected an https URL|give the issuer exactly as tokens carry it, for example https://oidc.example.com" },
        { "https:oidc.example.com", "ISSUER-URL: \"https:oidc.example.com\" is not an issuer, expected an https URL|did you mean https://oidc.example.com?" },
        { "2001:db8::1", "ISSUER-URL: \"2001:db8::1\" is not an issuer, expected an https URL|did you mean https://[2001:db8::1]?" },
        { "https://joe:s3cr3t%40oidc.example.com", "ISSUER-URL: a URL with user information is not an issuer, expected a host and an optional port after https://|give the issuer exactly as tokens carry it, for example https://oidc.example.com" },
        { "https://x.example https://joe:pa/s3cr3t@oidc.example.com", "unrecognized command or argument '[user information]'|issuer-gateway check --help lists what there is" },
        { "https://x.example --profile https://joe:12/s3cr3t@oidc.example.com", "--profile: the value is not a profile|choose from entra, aws, google, vault, openbao, kubernetes, generic, anthropic, openai, snowflake, databricks, keycloak, all" },
        { "https://x.example --config /nope", "--config: has no effect with ISSUER-URL and without --upstream|add --upstream, or remove --config" },
        { "https://x.example -c /nope --set X", "--config: has no effect with ISSUER-URL and without --upstream|add --upstream, or remove --config|--set: has no effect with ISSUER-URL and without --upstream|add --upstream, or remove --set" },
        { "https://x.example --set=Edge:HttpsPort=1", "--set: has no effect with ISSUER-URL and without --upstream|add --upstream, or remove --set" },
        { "https://x.example --config 0123456789012345678901234567890123456789abc", "--config: has no effect with ISSUER-URL and without --upstream|add --upstream, or remove --config" },
        { "https://x.example --upstream --kubeconfig /nowhere/config --config /nope", "--config: has no effect with ISSUER-URL and --kubeconfig|remove --config" },
        { "--list-rules --profile bogus", "--profile: \"bogus\" is not a profile|choose from entra, aws, google, vault, openbao, kubernetes, generic, anthropic, openai, snowflake, databricks, keycloak, all" },
        { "--list-rules http://nonsense -q --fail-on warning --upstream --set A=B", "ISSUER-URL: has no effect with --list-rules|remove ISSUER-URL, or --list-rules|--upstream: has no effect with --list-rules|remove --upstream, or --list-rules|--quiet: has no effect with --list-rules|remove --quiet, or --list-rules|--fail-on: has no effect with --list-rules|remove --fail-on, or --list-rules|--set: has no effect with --list-rules|remove --set, or --list-rules" },
        { "--list-rules --exchange --tenant t", "--exchange: has no effect with --list-rules|remove --exchange, or --list-rules|--tenant: has no effect with --list-rules|remove --tenant, or --list-rules" },
        { "https://x.example --proxy http://a:P@ssw0rd@127.0.0.1:1", "--proxy: the URL cannot be read: its user or password has a character that must be percent-encoded|write @ as %40, : as %3A and / as %2F there" },
        { "https://x.example --proxy http://hunter2@@127.0.0.1:1", "--proxy: the URL cannot be read: its user or password has a character that must be percent-encoded|write @ as %40, : as %3A and / as %2F there" },
        { "--list-rules --output yaml", "--output: \"yaml\" is not text or json|leave it out for text" },
        { "joe:secret@oidc.example.com", "ISSUER-URL: a URL with user information is not an issuer, expected an https URL|did you mean https://oidc.example.com?" },
        { "https://x.example --upstream", "--upstream: --kubeconfig or --config is required|name the cluster to compare with: --upstream --kubeconfig FILE" },
        { "https://x.example --kubeconfig /nowhere/config", "--kubeconfig: has no effect without --upstream|add --upstream, or remove --kubeconfig" },
        { "https://x.example --upstream --kubeconfig /nowhere/config", "--kubeconfig: /nowhere/config does not exist|name a kubeconfig file, for example ~/.kube/config" },
        { "https://x.example --context c", "--context: has no effect without --kubeconfig|add --kubeconfig, or remove --context" },
        { "https://x.example --exchange --client-id c --token a --tenant ../x", "--token: a does not exist|name the file of the projected token, or - for standard input|--tenant: the value is no tenant|give the ID of the tenant, or one of its domains, such as contoso.onmicrosoft.com" },
        { "https://x.example --exchange --client-id c --token a --tenant eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl", "--token: a does not exist|name the file of the projected token, or - for standard input|--tenant: the value is no tenant|give the ID of the tenant, or one of its domains, such as contoso.onmicrosoft.com" },
        { "https://x.example --tenant t", "--tenant: has no effect without --exchange|add --exchange, or remove --tenant" },
        { "https://x.example --audience a", "--audience: has no effect without --token|add --token, or remove --audience" },
        { "https://x.example --profile nobody", "--profile: \"nobody\" is not a profile|choose from entra, aws, google, vault, openbao, kubernetes, generic, anthropic, openai, snowflake, databricks, keycloak, all" },
        { "https://x.example --timeout soon", "--timeout: \"soon\" is not a duration of up to 1h|write for example --timeout 30s" },
        { "https://x.example --output yaml", "--output: \"yaml\" is not text or json|leave it out for text" },
        { "https://x.example --fail-on never", "--fail-on: \"never\" is not error or warning|leave it out for error" },
        { "https://x.example --resolve x", "--resolve: found \"x\", expected HOST:PORT:ADDRESS[,ADDRESS...]|for example --resolve oidc.example.com:443:203.0.113.7" },
        { "https://x.example --connect-to x", "--connect-to: found \"x\", expected HOST:PORT:HOST2:PORT2|for example --connect-to oidc.example.com:443:localhost:8443" },
        { "https://x.example --ca /nowhere/ca.pem", "--ca: /nowhere/ca.pem does not exist|name a PEM file with root certificates, or leave --ca out for the roots of the system" },
        { "https://x.example --ca /tmp", "--ca: /tmp is a folder|name a PEM file with root certificates, or leave --ca out for the roots of the system" },
        { "https://x.example --ca /dev/null", "--ca: /dev/null contains no certificate|name a PEM file with root certificates, or leave --ca out for the roots of the system" },
        { "https://x.example --ca 0123456789012345678901234567890123456789abc", "--ca: the value is a token, and a file is expected|name a PEM file with root certificates, or leave --ca out for the roots of the system" },
        { "https://x.example --upstream --kubeconfig 0123456789012345678901234567890123456789abc", "--kubeconfig: the value is a token, and a file is expected|name a kubeconfig file, for example ~/.kube/config" },
        { "https://x.example 0123456789012345678901234567890123456789abc", "unrecognized command or argument '[token]'|issuer-gateway check --help lists what there is" },
        { "https://x.example --proxy http://joe:secret@", "--proxy: the value is not an http URL|write it as http://HOST:PORT" },
        { "https://x.example --proxy joe:s3cret", "--proxy: the value is not an http URL|write it as http://HOST:PORT" },
        { "https://x.example --token /nowhere/token", "--token: /nowhere/token does not exist|name the file of the projected token, or - for standard input" },
    };

    [Theory]
    [MemberData(nameof(WrongLines))]
    public async Task A_wrong_line_ends_with_2_and_names_the_option(string line, string said)
    {
        (int exitCode, string output, string error) = await RunAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        string[] parts = said.Split('|');
        Assert.Equal((2, "", string.Concat(parts.Select((part, i) => $"issuer-gateway: {(i % 2 == 0 ? "error" : "hint")}: {part}\n"))), (exitCode, output, error));
    }

    [Theory]
    [InlineData("--token")]
    [InlineData("--ca")]
    [InlineData("--profile")]
    [InlineData("--proxy")]
    public async Task Names_a_value_that_is_empty(string option) =>
        Assert.Equal((2, "", $"issuer-gateway: error: {option}: the value is empty\nissuer-gateway: hint: is a variable of the shell not set?\n"), await RunAsync("https://x.example", option, ""));

    [Fact]
    public async Task Names_an_issuer_that_is_empty() =>
        Assert.Equal((2, "", "issuer-gateway: error: ISSUER-URL: is empty\nissuer-gateway: hint: give the issuer exactly as tokens carry it, for example https://oidc.example.com\n"), await RunAsync(""));

    [Fact]
    public async Task An_exchange_names_everything_that_is_missing()
    {
        (int exitCode, _, string error) = await RunAsync("https://x.example", "--exchange");

        Assert.Equal(2, exitCode);
        Assert.All(["--tenant: is required with --exchange", "--client-id: is required with --exchange", "--token: is required with --exchange"], line => Assert.Contains(line, error, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_good_issuer_is_a_verdict_and_a_line_for_each_step()
    {
        await using CheckFixture server = await StartAsync();

        (int exitCode, string output, string error) = await RunAsync([Issuer, .. Reaching(server)]);

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Equal(
            $"""
            ✓ Microsoft Entra ID would accept tokens of https://issuer.example.test
            Checked from this machine (MACHINE) at TIME UTC
            Note: checked with --connect-to, --ca, which no relying party uses: run the
                  check without them, from outside your network, before you rely on the
                  result.

              ✓ DNS          127.0.0.1 (from --connect-to)
              ✓ TCP          127.0.0.1:{server.Port} accepts connections
              ✓ TLS          TLS 1.3, 2 certificates sent, expires 2035-12-31
              ✓ discovery    /.well-known/openid-configuration, 223 bytes
              ✓ keys         /openid/v1/jwks, 1 key:
                             F5FYFiZjrNXR5MtJoHMaJPF8RmXF8yovARSLlOHYc2o
              ✓ caching      max-age 300 s

            Not checked: token (--token), API servers (--upstream), exchange (--exchange)
            Result: no problems found

            """,
            Plain(output));
    }

    [Fact]
    public async Task Quiet_prints_nothing_of_a_good_issuer()
    {
        await using CheckFixture server = await StartAsync();

        Assert.Equal((0, "", ""), await RunAsync([Issuer, "--quiet", .. Reaching(server)]));
    }

    [Fact]
    public async Task A_closed_port_where_an_option_leads_leaves_everything_open()
    {
        (int exitCode, string output, _) = await RunAsync(Issuer, "--resolve", $"{CheckFixture.Host}:443:127.0.0.99", "--quiet");

        Assert.Equal(
            (3, """
            ! Nothing accepts connections where --connect-to or --resolve leads, so nothing
              is known about the issuer. [override-failed]
                Found      127.0.0.99:443 refused the connection
                Fix        start what is to listen on 127.0.0.99:443, or correct --resolve
                More       docs/troubleshooting/findings.md#override-failed
            Result: 1 warning

            """),
            (exitCode, output));
    }

    [Fact]
    public async Task A_page_of_another_program_is_one_problem()
    {
        await using CheckFixture server = await StartAsync();
        server.Misbehave = http =>
        {
            http.Response.StatusCode = 404;
            http.Response.Headers.CacheControl = "no-store";
            return Task.FromResult(true);
        };

        (int exitCode, string output, _) = await RunAsync([Issuer, .. Reaching(server)]);

        Assert.Equal(1, exitCode);
        Assert.Contains("  – keys, caching: not checked (no discovery document)\n", output, StringComparison.Ordinal);
        Assert.EndsWith("Result: 1 error\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_is_not_called_good_when_nothing_was_verified()
    {
        string token = Write("token", Recorded.Token("token-azure-demo-exchange-audience"));

        (int exitCode, string output, _) = await RunAsync(Issuer, "--resolve", $"{CheckFixture.Host}:443:127.0.0.99", "--token", token);

        Assert.Equal(1, exitCode);
        Assert.DoesNotContain("✓ token", output, StringComparison.Ordinal);
        Assert.StartsWith("✗ Microsoft Entra ID would reject the token of", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_of_another_cluster_is_one_problem()
    {
        await using CheckFixture server = await StartAsync();
        string token = Write("token", Recorded.Token("token-azure-demo-signed-by-second-key").Replace("\n", "", StringComparison.Ordinal));
        server.Discovery = server.Discovery.Replace(Issuer, "https://other.example.test", StringComparison.Ordinal);

        (_, string output, _) = await RunAsync(["https://other.example.test", "--connect-to", $"::127.0.0.1:{server.Port}", "--ca", Write("ca.pem", server.Authority.Root.ExportCertificatePem()), "--token", token]);

        Assert.Contains("[tls-name-mismatch]", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Warnings_fail_only_when_they_are_to()
    {
        await using CheckFixture server = await StartAsync();
        server.Discovery = server.Discovery.Replace("{\"issuer\"", "{\"claims_supported\":[],\"issuer\"", StringComparison.Ordinal);

        Assert.Equal(0, (await RunAsync([Issuer, "--profile", "aws", .. Reaching(server)])).ExitCode);
        Assert.Equal(1, (await RunAsync([Issuer, "--profile", "aws", "--fail-on", "warning", .. Reaching(server)])).ExitCode);
    }

    [Fact]
    public async Task Each_party_validates_the_token_that_is_for_it()
    {
        await using CheckFixture server = await StartAsync();
        string token = Write("token", Recorded.Token("token-azure-demo-exchange-audience"));

        (_, string output, _) = await RunAsync([Issuer, "--profile", "all", "--token", token, .. Reaching(server)]);

        string line = Regex.Replace(output[output.IndexOf("✗ token", StringComparison.Ordinal)..output.IndexOf("\n\n", output.IndexOf("✗ token", StringComparison.Ordinal), StringComparison.Ordinal)], @"\s+", " ");
        Assert.Contains("validated as entra, vault, openbao, kubernetes, generic, anthropic, openai, databricks, keycloak", line, StringComparison.Ordinal);
        Assert.DoesNotContain("[token-audience]", output, StringComparison.Ordinal);
        Assert.Contains("✓ AWS IAM would accept tokens (none of those given is for it)\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_party_that_is_named_validates_by_its_own_audience()
    {
        await using CheckFixture server = await StartAsync();
        string token = Write("token", Recorded.Token("token-azure-demo-exchange-audience"));

        (_, string output, _) = await RunAsync([Issuer, "--profile", "entra", "--profile", "aws", "--token", token, "--output", "json", .. Reaching(server)]);

        JsonElement finding = JsonDocument.Parse(output).RootElement.GetProperty("steps").EnumerateArray().SelectMany(step => step.GetProperty("findings").EnumerateArray())
            .Single(each => each.GetProperty("id").GetString() == "token-audience");
        Assert.Equal(["aws"], finding.GetProperty("responses").EnumerateArray().Select(each => each.GetProperty("profile").GetString()));
        Assert.Equal("aud is \"api://AzureADTokenExchange\"; expected \"sts.amazonaws.com\"", finding.GetProperty("found").GetString());
    }

    [Fact]
    public async Task Takes_every_root_of_a_file_as_an_editor_or_cat_makes_it()
    {
        await using CheckFixture server = await StartAsync();
        using TestAuthority other = new();
        string file = Path.Combine(directory, "joined.pem");
        await File.WriteAllTextAsync(file, other.Root.ExportCertificatePem() + server.Authority.Root.ExportCertificatePem(), Encoding.Unicode, TestContext.Current.CancellationToken);

        (int exitCode, string output, string error) = await RunAsync(Issuer, "--connect-to", $"{CheckFixture.Host}::127.0.0.1:{server.Port}", "--ca", file);

        Assert.True(exitCode == 0, output + error);
    }

    [Fact]
    public async Task JSON_keeps_to_its_schema()
    {
        await using CheckFixture server = await StartAsync();
        server.Keys = "{\"keys\":[]}";
        using JsonDocument schema = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Repository, "docs/reference/check.schema.json")));

        (_, string output, _) = await RunAsync([Issuer, "--profile", "all", "--token", Write("token", Recorded.Token("token-azure-demo-exchange-audience")), "--output", "json", .. Reaching(server)]);

        using JsonDocument report = JsonDocument.Parse(output);
        Assert.Empty(SchemaCheck.Violations(schema.RootElement, report.RootElement, "$"));
        Assert.NotEmpty(SchemaCheck.Violations(schema.RootElement, JsonDocument.Parse(output.Replace("\"version\": 2", "\"version\": 1", StringComparison.Ordinal)).RootElement, "$"));
        Assert.NotEmpty(SchemaCheck.Violations(schema.RootElement, JsonDocument.Parse(output.Replace("\"severity\": \"error\"", "\"severity\": \"fatal\"", StringComparison.Ordinal)).RootElement, "$"));
    }

    [Fact]
    public async Task Lists_the_rules_of_a_party_without_an_issuer()
    {
        (int exitCode, string output, string error) = await RunAsync("--list-rules", "--profile", "aws");

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("key-ops (jwks)\n  A key has the member key_ops.\n  expected: no key_ops\n", output, StringComparison.Ordinal);
        Assert.DoesNotContain("  entra: ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task JSON_of_the_rules_keeps_to_its_schema()
    {
        using JsonDocument schema = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Repository, "docs/reference/check-rules.schema.json")));

        (int exitCode, string output, _) = await RunAsync("--list-rules", "--output", "json");

        Assert.Equal(0, exitCode);
        Assert.Empty(SchemaCheck.Violations(schema.RootElement, JsonDocument.Parse(output).RootElement, "$"));
    }

    [Fact]
    public async Task Help_names_the_exit_codes_and_an_example()
    {
        (int exitCode, string output, _) = await RunAsync("--help");

        Assert.Equal(0, exitCode);
        string help = Regex.Replace(output, @"\s+", " ");
        Assert.Contains("Exit codes: 0 no errors; 1 errors (or warnings with --fail-on warning); 2 wrong options or files; 3 the check could not run.", help, StringComparison.Ordinal);
        Assert.Contains("Example: issuer-gateway check https://oidc.example.com", help, StringComparison.Ordinal);
    }

    private static async Task<CheckFixture> StartAsync()
    {
        CheckFixture server = await CheckFixture.StartAsync();
        server.Discovery = server.Discovery.Replace(server.Issuer, Issuer, StringComparison.Ordinal);
        return server;
    }

    private string[] Reaching(CheckFixture server) => ["--connect-to", $"{CheckFixture.Host}::127.0.0.1:{server.Port}", "--ca", Write("ca.pem", server.Authority.Root.ExportCertificatePem())];

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        StringWriter output = new();
        StringWriter error = new();
        int exitCode = await GatewayCommand.RunAsync(["check", .. arguments], new Terminal(output, error));
        return (exitCode, output.ToString(), error.ToString());
    }

    private string Write(string name, string content)
    {
        string path = Path.Combine(directory, name);
        File.WriteAllText(path, content);
        return path;
    }

    private static string Plain(string output) => MachineAndTime().Replace(output, "machine (MACHINE) at TIME UTC");

    [GeneratedRegex(@"machine \([^)]*\) at [0-9: -]+ UTC")]
    private static partial Regex MachineAndTime();
}
