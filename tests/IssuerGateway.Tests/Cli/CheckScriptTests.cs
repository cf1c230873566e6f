using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using IssuerGateway.Base;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Cli;
using IssuerGateway.Tests.Checking;
using IssuerGateway.Tests.Issuers;
using Microsoft.AspNetCore.Http;

namespace IssuerGateway.Tests.Cli;

/// <summary>The command against a server that misbehaves in one way at a time: for each rule what is printed, and exit code 1.</summary>
public sealed class CheckScriptTests : IDisposable
{
    private const string Discovery = "/.well-known/openid-configuration";

    private const string Issuer = "https://" + CheckFixture.Host;
    private const string Members = """
        "response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"]
        """;

    /// <summary>Shown elsewhere (<c>RuleCases</c>): they need two addresses, a name server, API servers, Entra, a proxy, or a TLS that this machine's own OpenSSL refuses to speak.</summary>
    private static readonly string[] elsewhere =
    [
        "upstream-unreachable", "upstream-differs", "servers-differ", "kid-conflict", "exchange-refused", "exchange-failed", "exchange-untrusted",
        "tls-old-protocol", "tls-no-common-suite", "tls-usage-any", "tls-weak-suite", "tls-weak-signature", "tls-13-only", "tls-chain-incomplete", "tls-partial", "token-key-unusable", "tcp-partial", "tcp-no-route", "dns-failed", "dns-no-response", "override-failed", "address-unseen", "proxy-failed", "http-version",
    ];

    private readonly string directory = Directory.CreateTempSubdirectory("issuer-gateway-check-").FullName;

    public static TheoryData<string> Rules => [.. RuleTable.All.Where(rule => rule.Step != "sign-in").Select(rule => rule.Id).Except(elsewhere)];

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Theory]
    [MemberData(nameof(Rules))]
    public async Task Each_finding_is_printed_with_its_fix_and_its_page(string rule)
    {
        await using CheckFixture server = await CheckFixture.StartAsync(authority => rule switch
        {
            "tls-name-mismatch" => authority.Leaf("other.example.test"),
            "tls-expired" => authority.Leaf(CheckFixture.Host, lifetime: TimeSpan.FromDays(1)),
            "tls-expires-soon" => authority.Leaf(CheckFixture.Host, TimeProvider.System.GetUtcNow().AddDays(-80), TimeSpan.FromDays(82)),
            "address-private" => authority.Leaf("localhost"),
            _ => authority.Leaf(CheckFixture.Host),
        });
        using TcpListener deaf = new(IPAddress.Loopback, 0);
        server.Discovery = Document(Issuer);
        string issuer = Misbehave(rule, server, deaf);
        StringWriter output = new();
        StringWriter error = new();

        int exitCode = await GatewayCommand.RunAsync(["check", issuer, .. Arguments(rule, server)], new Terminal(output, error));

        Assert.Equal("", error.ToString());
        string text = output.ToString();
        string[] lines = text.Split('\n');
        int at = Array.FindIndex(lines, line => line.EndsWith($"[{rule}]", StringComparison.Ordinal));
        Assert.True(at >= 0, text);
        Assert.Contains(lines[at..], line => line.StartsWith("    Found      ", StringComparison.Ordinal));
        Assert.Contains(lines[at..], line => line.StartsWith("    Fix        ", StringComparison.Ordinal));
        Assert.Contains($"    More       docs/troubleshooting/findings.md#{rule}", lines[at..]);
        bool hasErrors = lines.Any(line => line.StartsWith("✗ ", StringComparison.Ordinal) && line.EndsWith(']') || line.Contains(" error", StringComparison.Ordinal) && line.StartsWith("Result:", StringComparison.Ordinal));
        bool isOpen = lines.Any(line => line.Contains(": no verdict on ", StringComparison.Ordinal));
        Assert.Equal(hasErrors ? ExitCode.Findings : isOpen ? ExitCode.CouldNotRun : ExitCode.Good, exitCode);
        if (rule is "http-timeout" or "http-slow")
        {
            return;
        }

        StringWriter json = new();
        Assert.Equal(exitCode, await GatewayCommand.RunAsync(["check", issuer, "--output", "json", .. Arguments(rule, server)], new Terminal(json, error)));
        using JsonDocument report = JsonDocument.Parse(json.ToString());
        Assert.Empty(SchemaCheck.Violations(schema.RootElement, report.RootElement, "$"));
        JsonElement[] findings = [.. report.RootElement.GetProperty("steps").EnumerateArray().SelectMany(step => step.GetProperty("findings").EnumerateArray())];
        Assert.Contains(rule, findings.Select(finding => finding.GetProperty("id").GetString()));
        Assert.DoesNotContain(findings.Select(finding => finding.GetProperty("fix").GetString()!), FixText.LacksCommand);
    }

    private static readonly JsonDocument schema = JsonDocument.Parse(File.ReadAllText(Repository.File("docs/reference/check.schema.json")));

    private static string Document(string issuer, string? keys = null, string members = Members) =>
        $$"""{"issuer":"{{issuer}}","jwks_uri":"{{keys ?? $"{Issuer}/openid/v1/jwks"}}",{{members}}}""";

    // What the server does wrong; returns the issuer to check.
    private static string Misbehave(string rule, CheckFixture server, TcpListener deaf)
    {
        switch (rule)
        {
            case "issuer-host-private": return "https://nowhere.default.svc.cluster.local";
            case "issuer-port": return $"{Issuer}:8443";
            case "issuer-port-default": server.Discovery = Document($"{Issuer}:443"); return $"{Issuer}:443";
            case "address-private": return $"https://localhost:{server.Port}";
            case "tcp-failed": return "https://127.0.0.1:1";
            case "tls-failed":
                deaf.Start();
                _ = CloseAsync(deaf);
                return $"https://127.0.0.1:{((IPEndPoint)deaf.LocalEndpoint).Port}";
            case "issuer-long": return $"{Issuer}/{new string('a', 600)}";
            case "issuer-trailing-slash": server.Discovery = Document(Issuer + "/"); return Issuer + "/";
            case "http-failed": server.Misbehave = http => { http.Abort(); return Task.FromResult(true); }; break;
            case "http-timeout" or "check-timeout": server.Misbehave = async http => { await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); return true; }; break;
            case "http-slow": server.Misbehave = async _ => { await Task.Delay(TimeSpan.FromSeconds(2.7)); return false; }; break;
            case "http-redirect": server.Misbehave = http => Response(http, 302); break;
            case "redirect-refused": server.Misbehave = http => { http.Response.Headers.Location = "ftp://elsewhere.example.test/"; return Response(http, 302); }; break;
            case "jwks-uri-scheme-case": server.Discovery = server.Discovery.Replace($"{Issuer}/openid", $"HTTPS{Issuer[5..]}/openid", StringComparison.Ordinal); break;
            case "http-plain": server.Discovery = server.Discovery.Replace($"{Issuer}/openid", "http://issuer.example.test/openid", StringComparison.Ordinal); break;
            case "http-status": server.Misbehave = http => Response(http, 404); break;
            case "http-too-large": server.Keys = "{\"keys\":[" + new string(' ', 300_000) + "]}"; break;
            case "content-encoding": server.Misbehave = http => { http.Response.Headers.ContentEncoding = "br"; return Task.FromResult(false); }; break;
            case "content-type": server.Misbehave = http => WriteAsync(http, server, "text/plain", length: true); break;
            case "content-length-missing": server.Misbehave = http => WriteAsync(http, server, "application/json", length: false); break;
            case "cache-missing": server.Misbehave = http => WriteAsync(http, server, "application/json", length: true); break;
            case "cache-long": server.Misbehave = http => { http.Response.Headers.CacheControl = "max-age=604800"; return WriteAsync(http, server, "application/json", length: true); }; break;
            case "clock-skew": server.Misbehave = http => { http.Response.Headers.Date = "Mon, 02 Jan 2006 15:04:05 GMT"; return Task.FromResult(false); }; break;
            case "discovery-malformed": server.Discovery = "<html>"; break;
            case "byte-order-mark": server.Discovery = "\uFEFF" + Document(Issuer); break;
            case "issuer-missing": server.Discovery = "{}"; break;
            case "issuer-mismatch": server.Discovery = Document("https://other.example.test"); break;
            case "jwks-uri-missing": server.Discovery = $$"""{"issuer":"{{Issuer}}",{{Members}}}"""; break;
            case "jwks-uri-unusual": server.Discovery = Document(Issuer, $"{Issuer}/keys#a"); break;
            case "http-headers-large": server.Misbehave = http => { http.Response.Headers["x-pad"] = new string('a', 40_000); return Task.FromResult(false); }; break;
            case "jwks-uri-malformed": server.Discovery = Document(Issuer, "keys"); break;
            case "address-foreign": server.Discovery = Document(Issuer, "https://10.0.0.1:6443/openid/v1/jwks"); break;
            case "discovery-member-missing": server.Discovery = Document(Issuer, members: "\"a\":1"); break;
            case "discovery-required-empty": server.Discovery = Document(Issuer, members: Members.Replace("\"public\"", "", StringComparison.Ordinal)); break;
            case "discovery-member-empty": server.Discovery = Document(Issuer, members: "\"claims_supported\":[]," + Members); break;
            case "discovery-member-type": server.Discovery = Document(Issuer, members: "\"token_endpoint\":1," + Members); break;
            case "discovery-algorithms": server.Discovery = Document(Issuer, members: Members.Replace("RS256", "ES256", StringComparison.Ordinal)); break;
            case "key-encoding": server.Keys = $"{{\"keys\":[{Build.Rsa("a").Replace("AQAB", "AQ\\nAB", StringComparison.Ordinal)}]}}"; break;
            case "key-certificate-url": server.Keys = $"{{\"keys\":[{{\"x5u\":\"https://issuer.example.test/a.pem\",{Build.Rsa("a")[1..]}]}}"; break;
            case "key-member-other": server.Keys = $"{{\"keys\":[{{\"ext\":true,{Build.Rsa("a")[1..]}]}}"; break;
            case "key-set-malformed": server.Keys = "{}"; break;
            case "key-set-empty": server.Keys = """{"keys":[]}"""; break;
            case "key-set-too-many": server.Keys = $"{{\"keys\":[{string.Join(',', Enumerable.Range(0, 101).Select(i => Build.Rsa($"k{i}")))}]}}"; break;
            case "private-key": server.Keys = """{"keys":[{"kty":"oct","k":"AQAB","kid":"a","alg":"HS256","use":"sig"}]}"""; break;
            case "kid-duplicate": server.Keys = $"{{\"keys\":[{Build.Rsa("a")},{Build.Rsa("a")}]}}"; break;
            case "key-malformed": server.Keys = """{"keys":[{"kty":"RSA","kid":"a","alg":"RS256","use":"sig"}]}"""; break;
            case "no-usable-key": server.Keys = $"{{\"keys\":[{KeySamples.P256()}]}}"; break;
            case "key-algorithm": server.Keys = $"{{\"keys\":[{Build.Rsa("a")},{KeySamples.P256()}]}}"; break;
            case "ec-coordinate-length": server.Keys = $"{{\"keys\":[{KeySamples.ShortCoordinate("e")}]}}"; break;
            case "rsa-leading-zero": server.Keys = $"{{\"keys\":[{KeySamples.WithLeadingZero()}]}}"; break;
            case "rsa-numbers": server.Keys = $"{{\"keys\":[{Build.Rsa("a", 512)}]}}"; break;
            case "rsa-short": server.Keys = $"{{\"keys\":[{Build.Rsa("a", 1024)}]}}"; break;
            case "kid-missing" or "key-use-missing" or "key-alg-missing" or "key-ops" or "key-certificate" or "key-certificate-other" or "key-use-other" or "key-thumbprint":
                server.Keys = $"{{\"keys\":[{KeySamples.Spoiled(rule)}]}}";
                break;
            case "key-type-unknown": server.Keys = $$"""{"keys":[{{Build.Rsa("a")}},{"kty":"AKP","pub":"AQAB","kid":"b","alg":"ML-DSA-44","use":"sig"}]}"""; break;
            case "token-kid-missing" or "token-signature" or "token-key-unpublished": break;
        }

        return Issuer;
    }

    private List<string> Arguments(string rule, CheckFixture server)
    {
        List<string> arguments = ["--timeout", rule switch { "http-timeout" => "6s", "check-timeout" => "1s", _ => "20s" }, "--profile", Profile(rule)];
        if (rule != "tls-untrusted")
        {
            arguments.AddRange(["--ca", Write("ca.pem", server.Authority.Root.ExportCertificatePem())]);
        }

        if (rule is not ("address-private" or "tcp-failed" or "tls-failed" or "issuer-host-private"))
        {
            arguments.AddRange(["--connect-to", $"{CheckFixture.Host}::127.0.0.1:{server.Port}"]);
        }

        if (Token(rule) is { } token)
        {
            arguments.AddRange(["--token", Write("token", token)]);
            if (rule == "token-subject")
            {
                arguments.AddRange(["--subject", "system:serviceaccount:default:azure-demo"]);
            }
        }

        return arguments;
    }

    private static string Profile(string rule) => rule switch
    {
        "http-timeout" or "issuer-port" or "issuer-port-default" or "key-ops" or "key-certificate-other" or "token-long" or "token-time-fraction" => "aws",
        "key-certificate" or "key-member-other" => "google",
        "discovery-member-type" or "key-certificate-url" or "token-algorithm-flags" => "kubernetes",
        "token-claim-case" or "token-member-type" or "key-thumbprint" or "redirect-refused" or "http-plain" or "token-signature-unverified" => "vault",
        _ => "entra",
    };

    private static string? Token(string rule) => rule switch
    {
        "token-legacy" => Unsigned("""{"alg":"RS256","kid":"x"}""", """{"iss":"kubernetes/serviceaccount","sub":"system:serviceaccount:default:azure-demo"}"""),
        "token-newline" => Recorded.Token("token-azure-demo-exchange-audience") + "\n",
        "token-type" => Unsigned("""{"alg":"RS256","kid":"x","typ":"at+jwt"}"""),
        "token-critical" => Unsigned("""{"alg":"RS256","kid":"x","crit":["exp"]}"""),
        "token-long" => Unsigned("""{"alg":"RS256","kid":"x"}""", $$"""{"iss":"{{Issuer}}","pad":"{{new string('a', 16_000)}}"}"""),
        "token-algorithm" or "token-algorithm-flags" => Unsigned("""{"alg":"ES256","kid":"x"}"""),
        "token-kid-missing" => Unsigned("""{"alg":"RS256"}"""),
        "token-signature-unverified" => Unsigned("""{"alg":"EdDSA","kid":"F5FYFiZjrNXR5MtJoHMaJPF8RmXF8yovARSLlOHYc2o"}"""),
        "token-foreign" => Unsigned("""{"alg":"RS256","kid":"x"}""", """{"iss":"https://other.example.test"}"""),
        "token-issuer" => Unsigned("""{"alg":"RS256","kid":"x"}""", $$"""{"iss":"{{Issuer}}/"}"""),
        "token-key-unpublished" => Recorded.Token("token-azure-demo-signed-by-second-key"),
        "token-signature" => Recorded.Token("token-azure-demo-exchange-audience")[..^8] + "AAAAAAAA",
        "token-audience" => Recorded.Token("token-azure-demo-default-audience"),
        "token-expired" => Recorded.Token("token-azure-demo-exchange-audience"),
        "token-early" => Claims("\"nbf\":4102444800"),
        "token-lifetime" => Claims("\"iat\":1795473000,\"exp\":1795663000"),
        "token-time-malformed" => Claims("\"exp\":253402300700"),
        "token-time-fraction" => Claims("\"exp\":1795473000.5"),
        "token-claim-case" => Claims("\"exp\":1795473000,\"EXP\":1"),
        "token-member-type" => Claims("\"jti\":5"),
        "token-claim-duplicate" => Claims("\"sub\":\"a\",\"sub\":\"b\""),
        "token-header-duplicate" => Unsigned("""{"alg":"RS256","alg":"RS256","kid":"x"}"""),
        "token-subject-long" => Claims($"\"sub\":\"{new string('a', 601)}\""),
        "token-audience-long" => Claims($"\"aud\":\"{new string('a', 601)}\""),
        "token-subject" => Claims("\"sub\":\"system:serviceaccount:default:other\""),
        "token-claim-missing" => Claims("\"a\":1"),
        _ => null,
    };

    private static string Claims(string claims) => Unsigned("""{"alg":"RS256","kid":"x"}""", $$"""{"iss":"{{Issuer}}",{{claims}}}""");

    private static string Unsigned(string header, string claims = """{"iss":"https://issuer.example.test"}""") =>
        $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}.c2ln";

    private static Task<bool> Response(HttpContext http, int status)
    {
        http.Response.StatusCode = status;
        return Task.FromResult(true);
    }

    private static async Task<bool> WriteAsync(HttpContext http, CheckFixture server, string type, bool length)
    {
        byte[] body = Encoding.UTF8.GetBytes(http.Request.Path == Discovery ? server.Discovery : server.Keys);
        http.Response.ContentType = type;
        http.Response.ContentLength = length ? body.Length : null;
        await http.Response.StartAsync();
        await http.Response.Body.WriteAsync(body);
        return true;
    }

    private static async Task CloseAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                (await listener.AcceptTcpClientAsync()).Dispose();
            }
        }
        catch (SocketException)
        {
            // The test has ended.
        }
    }

    private string Write(string name, string content)
    {
        string path = Path.Combine(directory, name);
        File.WriteAllText(path, content);
        return path;
    }
}
