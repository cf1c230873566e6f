using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;
using IssuerGateway.Base;
using IssuerGateway.Checking;
using IssuerGateway.Cli;
using IssuerGateway.Tests.Checking;
using IssuerGateway.Tests.Issuers;
using Microsoft.AspNetCore.Http;

namespace IssuerGateway.Tests.Cli;

/// <summary>The command against a server that misbehaves in one way at a time: for each rule what is printed, and exit code 1.</summary>
public sealed class CheckScriptTests : IDisposable
{
    private const string Discovery = "/.well-known/openid-configuration";

    /// <summary>Shown elsewhere: they need API servers, Entra, or a TLS that this machine's own OpenSSL refuses to speak.</summary>
    private static readonly string[] elsewhere =
    [
        "upstream-unreachable", "upstream-differs", "servers-differ", "kid-conflict", "exchange-refused", "exchange-failed", "tls-old-protocol", "tls-chain-incomplete",
    ];

    private readonly string directory = Directory.CreateTempSubdirectory("issuer-gateway-check-").FullName;

    public static TheoryData<string> Rules => [.. RuleTexts.Rules.Except(elsewhere)];

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Theory]
    [MemberData(nameof(Rules))]
    public async Task Each_finding_is_printed_with_its_fix(string rule)
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
        string issuer = Misbehave(rule, server, deaf);
        server.Discovery = server.Discovery.Replace("ISSUER", issuer, StringComparison.Ordinal);

        StringWriter output = new();
        StringWriter error = new();

        int exitCode = await GatewayCommand.RunAsync(["check", issuer, .. Arguments(rule, server)], new Terminal(output, error));

        Assert.Equal((ExitCode.Findings, ""), (exitCode, error.ToString()));
        string[] lines = output.ToString().Split('\n');
        int at = Array.FindIndex(lines, line => line.StartsWith($"    error {rule}: ", StringComparison.Ordinal) || line.StartsWith($"    warning {rule}: ", StringComparison.Ordinal));
        Assert.True(at >= 0, output.ToString());
        Assert.StartsWith("      expected: ", lines[at + 1], StringComparison.Ordinal);
        Assert.Contains(lines[at..], line => line.StartsWith("      fix: ", StringComparison.Ordinal));
    }

    // What the server does wrong; returns the issuer to ask for.
    private static string Misbehave(string rule, CheckFixture server, TcpListener deaf)
    {
        const string Good = """{"issuer":"ISSUER","jwks_uri":"ISSUER/openid/v1/jwks"}""";
        string issuer = server.Issuer;
        switch (rule)
        {
            case "url-malformed": return issuer + "?query";
            case "dns-failed": return "https://nowhere.example.invalid";
            case "address-private":
                server.Discovery = Good;
                return $"https://localhost:{server.Port}";
            case "tcp-failed" or "http-failed": return "https://127.0.0.1:1";
            case "tls-failed":
                deaf.Start();
                _ = CloseAsync(deaf);
                return $"https://127.0.0.1:{((IPEndPoint)deaf.LocalEndpoint).Port}";
            case "issuer-long":
                server.Discovery = Good;
                return $"{issuer}/{new string('a', 600)}";
            case "issuer-trailing-slash":
                server.Discovery = Good;
                return issuer + "/";
            case "http-timeout": server.Misbehave = async http => { await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); return true; }; break;
            case "http-slow": server.Misbehave = async _ => { await Task.Delay(TimeSpan.FromSeconds(2.7)); return false; }; break;
            case "http-redirect": server.Misbehave = http => Answer(http, 302); break;
            case "http-status": server.Misbehave = http => Answer(http, 404); break;
            case "http-too-large": server.Keys = "{\"keys\":[" + new string(' ', 300_000) + "]}"; break;
            case "content-type": server.Misbehave = http => WriteAsync(http, server, "text/plain", length: true); break;
            case "content-length-missing": server.Misbehave = http => WriteAsync(http, server, "application/json", length: false); break;
            case "cache-missing": server.Misbehave = http => WriteAsync(http, server, "application/json", length: true); break;
            case "cache-long": server.Misbehave = http => { http.Response.Headers.CacheControl = "max-age=604800"; return WriteAsync(http, server, "application/json", length: true); }; break;
            case "clock-skew": server.Misbehave = http => { http.Response.Headers.Date = "Mon, 02 Jan 2006 15:04:05 GMT"; return Task.FromResult(false); }; break;
            case "discovery-malformed": server.Discovery = "<html>"; break;
            case "issuer-missing": server.Discovery = "{}"; break;
            case "issuer-mismatch": server.Discovery = """{"issuer":"https://other.example.test","jwks_uri":"ISSUER/openid/v1/jwks"}"""; break;
            case "jwks-uri-missing": server.Discovery = """{"issuer":"ISSUER"}"""; break;
            case "jwks-uri-malformed": server.Discovery = """{"issuer":"ISSUER","jwks_uri":"keys"}"""; break;
            case "discovery-member-empty": server.Discovery = """{"issuer":"ISSUER","jwks_uri":"ISSUER/openid/v1/jwks","claims_supported":[]}"""; break;
            case "key-set-malformed": server.Keys = "{}"; break;
            case "key-set-empty": server.Keys = """{"keys":[]}"""; break;
            case "key-set-too-many": server.Keys = $"{{\"keys\":[{string.Join(',', Enumerable.Range(0, 101).Select(i => Build.Rsa($"k{i}")))}]}}"; break;
            case "private-key": server.Keys = """{"keys":[{"kty":"oct","k":"AQAB","kid":"a","alg":"HS256","use":"sig"}]}"""; break;
            case "kid-duplicate": server.Keys = $"{{\"keys\":[{Build.Rsa("a")},{Build.Rsa("a")}]}}"; break;
            case "key-malformed": server.Keys = """{"keys":[{"kty":"RSA","kid":"a","alg":"RS256","use":"sig"}]}"""; break;
            case "no-rs256" or "key-algorithm": server.Keys = """{"keys":[{"kty":"EC","crv":"P-256","x":"AQAB","y":"AQAB","kid":"a","alg":"ES256","use":"sig"}]}"""; break;
            case "rsa-short": server.Keys = $"{{\"keys\":[{Build.Rsa("a", 1024)}]}}"; break;
            case "key-undescribed": server.Keys = """{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}"""; break;
            case "key-type-unknown": server.Keys = $$"""{"keys":[{{Build.Rsa("a")}},{"kty":"AKP","pub":"AQAB","kid":"b","alg":"ML-DSA-44","use":"sig"}]}"""; break;
        }

        return issuer;
    }

    private List<string> Arguments(string rule, CheckFixture server)
    {
        List<string> arguments = ["--timeout", rule == "http-timeout" ? "1s" : "20s"];
        if (rule != "tls-untrusted")
        {
            arguments.AddRange(["--ca", Write("ca.pem", server.Authority.Root.ExportCertificatePem())]);
        }

        if (rule == "issuer-port")
        {
            arguments.AddRange(["--profile", "aws"]);
        }

        if (rule is not ("address-private" or "dns-failed"))
        {
            arguments.AddRange(["--resolve", $"{CheckFixture.Host}:{server.Port}:127.0.0.1"]);
        }

        if (Token(rule) is { } token)
        {
            arguments.AddRange(["--token", Write("token", token), "--subject", "system:serviceaccount:default:azure-demo"]);
        }

        return arguments;
    }

    // The recorded token is another issuer's and long expired; only its signature is good.
    private static string? Token(string rule) => rule switch
    {
        "token-malformed" => "not a token",
        "token-type" => Signed("""{"alg":"RS256","kid":"x","typ":"at+jwt"}"""),
        "token-algorithm" => Signed("""{"alg":"ES256","kid":"x"}"""),
        "token-key-unpublished" => Recorded.Token("token-azure-demo-signed-by-second-key"),
        "token-signature" => Recorded.Token("token-azure-demo-exchange-audience")[..^8] + "AAAAAAAA",
        "token-audience" => Recorded.Token("token-azure-demo-default-audience"),
        "token-issuer" or "token-expired" => Recorded.Token("token-azure-demo-exchange-audience"),
        "token-subject" or "token-lifetime" => Signed("""{"alg":"RS256","kid":"x"}"""),
        _ => null,
    };

    private static string Signed(string header) => $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header))}.{Base64Url.EncodeToString("""{"sub":"nobody"}"""u8)}.c2ln";

    private static Task<bool> Answer(HttpContext http, int status)
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
