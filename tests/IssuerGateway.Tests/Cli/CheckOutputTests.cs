using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IssuerGateway.Base;
using IssuerGateway.Cli;
using IssuerGateway.Ctl;
using IssuerGateway.Tests.Checking;
using IssuerGateway.Tests.Issuers;
using Microsoft.AspNetCore.Http;

namespace IssuerGateway.Tests.Cli;

/// <summary>Staged mistakes as a platform engineer reads them on a terminal of 80 columns: the whole text of each, in both programs.</summary>
public sealed class CheckOutputTests : IDisposable
{
    private const string Issuer = "https://" + CheckFixture.Host;
    private const string Subject = "system:serviceaccount:shop:web";
    private const string EntraAudience = "api://AzureADTokenExchange";

    private static readonly RSA signing = RSA.Create(2048);
    private static readonly string[] pictures = ["good", "closed-port", "unpublished-key", "every-party"];

    // Of one length on every machine, because commands that name a file in it are broken into lines.
    private readonly string directory = Directory.CreateDirectory($"/tmp/check-{Guid.NewGuid():N}").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    /// <summary>Name of the mistake, and the command line as a person writes it; how to reach the stand-in is added.</summary>
    public static TheoryData<string, string> Lines => new()
    {
        { "good", "issuer-gateway check ISSUER" },
        { "good-token", "issuer-gateway check ISSUER --token token.jwt" },
        { "closed-port", "issuer-gateway check ISSUER" },
        { "not-found", "issuer-gateway check ISSUER" },
        { "not-found-quiet", "issuerctl check ISSUER --quiet" },
        { "redirect", "issuerctl check ISSUER --profile entra --profile vault" },
        { "untrusted", "issuer-gateway check ISSUER --profile aws" },
        { "slash-in-credential", "issuerctl check ISSUER/ --token token.jwt" },
        { "slash-in-token", "issuerctl check ISSUER --token token.jwt" },
        { "slash-in-document", "issuerctl check ISSUER --token token.jwt" },
        { "unpublished-key", "issuer-gateway check ISSUER --token token.jwt" },
        { "other-cluster", "issuerctl check ISSUER --token token.jwt" },
        { "wrong-audience", "issuer-gateway check ISSUER --profile google --token token.jwt" },
        { "expired", "issuerctl check ISSUER --profile kubernetes --audience prod --token token.jwt" },
        { "legacy-token", "issuerctl check ISSUER --token token.jwt" },
        { "key-ops", "issuer-gateway check ISSUER --profile aws" },
        { "foreign-key", "issuerctl check ISSUER --profile vault --profile kubernetes" },
        { "eddsa", "issuerctl check ISSUER --profile vault --audience vault --token token.jwt" },
        { "every-party", "issuerctl check ISSUER --profile all --token token.jwt" },
        { "private-keys", "issuer-gateway check ISSUER" },
        { "hostile", "issuer-gateway check ISSUER" },
        { "hostile-token", "issuerctl check ISSUER --token token.jwt" },
        { "bare-server", "issuerctl check ISSUER" },
        { "two-problems", "issuer-gateway check ISSUER --fail-on warning --profile aws" },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Reads_as_it_was_approved(string mistake, string line)
    {
        await using CheckFixture server = await CheckFixture.StartAsync();
        Stage(mistake, server);
        string[] arguments = [.. line.Replace("ISSUER", Issuer, StringComparison.Ordinal).Replace("token.jwt", Path.Combine(directory, "token.jwt"), StringComparison.Ordinal).Split(' ').Skip(1), .. Reaching(mistake, server)];
        StringWriter output = new();
        StringWriter error = new();

        int exitCode = line.StartsWith("issuerctl", StringComparison.Ordinal)
            ? await CtlCommand.RunAsync(arguments, new ProgramEnvironment { Terminal = new Terminal(output, error, program: null) })
            : await GatewayCommand.RunAsync(arguments, new Terminal(output, error));

        Assert.Equal("", error.ToString());
        string text = GoldenOutput.Steady(output.ToString().Replace(directory + "/", "", StringComparison.Ordinal), server.Port);
        Assert.All(text.Split('\n'), each => Assert.True(each.Length <= 80 || !each.Trim().Contains(' '), each));
        await GoldenOutput.MatchAsync(mistake, line.Replace("ISSUER", Issuer, StringComparison.Ordinal), $"{text}exit code {exitCode}\n", pictures.Contains(mistake));
    }

    private string[] Reaching(string mistake, CheckFixture server)
    {
        if (mistake == "closed-port")
        {
            return ["--resolve", $"{CheckFixture.Host}:443:127.0.0.99"];
        }

        string[] connect = ["--connect-to", $"{CheckFixture.Host}::127.0.0.1:{server.Port}"];
        string roots = Path.Combine(directory, "ca.pem");
        File.WriteAllText(roots, server.Authority.Root.ExportCertificatePem());
        return mistake == "untrusted" ? connect : [.. connect, "--ca", roots];
    }

    private void Stage(string mistake, CheckFixture server)
    {
        server.Discovery = server.Discovery.Replace(server.Issuer, Issuer, StringComparison.Ordinal);
        JsonObject key = KeySamples.Rsa(signing, "2026-11-a");
        JsonObject header = new() { ["alg"] = "RS256", ["kid"] = "2026-11-a" };
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        JsonObject claims = new()
        {
            ["iss"] = Issuer,
            ["sub"] = Subject,
            ["aud"] = new JsonArray(mistake == "eddsa" ? "vault" : EntraAudience),
            ["iat"] = now.AddMinutes(-10).ToUnixTimeSeconds(),
            ["nbf"] = now.AddMinutes(-10).ToUnixTimeSeconds(),
            ["exp"] = now.AddMinutes(50).ToUnixTimeSeconds(),
        };
        List<string> others = [];
        switch (mistake)
        {
            case "not-found" or "not-found-quiet": server.Misbehave = http => { http.Response.StatusCode = 404; return Task.FromResult(true); }; break;
            case "redirect": server.Misbehave = http => { http.Response.StatusCode = 301; http.Response.Headers.Location = "http://issuer.example.test/.well-known/openid-configuration"; return Task.FromResult(true); }; break;
            case "slash-in-token": claims["iss"] = Issuer + "/"; break;
            case "slash-in-document": server.Discovery = server.Discovery.Replace($"\"issuer\":\"{Issuer}\"", $"\"issuer\":\"{Issuer}/\"", StringComparison.Ordinal); break;
            case "unpublished-key": header["kid"] = "2026-12-b"; break;
            case "other-cluster": (header["kid"], claims["iss"]) = ("x7Qp", "https://staging.example.test"); break;
            case "wrong-audience": claims["aud"] = new JsonArray("https://kubernetes.default.svc.cluster.local"); break;
            case "expired": (claims["aud"], claims["exp"]) = (new JsonArray("prod"), now.AddMinutes(-5).ToUnixTimeSeconds()); break;
            case "legacy-token": claims["iss"] = "kubernetes/serviceaccount"; break;
            case "key-ops": key["key_ops"] = new JsonArray("verify"); break;
            case "foreign-key": others.Add("""{"kty":"AKP","kid":"m","alg":"ML-DSA-44","use":"sig","pub":"AQAB"}"""); break;
            case "eddsa": header["alg"] = "EdDSA"; break;
            case "private-keys": server.Discovery = server.Discovery.Replace($"{Issuer}/openid/v1/jwks", "https://10.0.0.1:6443/openid/v1/jwks", StringComparison.Ordinal); break;
            case "hostile": server.Discovery = "{\"issuer\":\"https://\\u001b[31m$(reboot)\\u001b]0;`id`\\u0007\",\"jwks_uri\":\"https://127.0.0.1/x HTTP/1.1\\r\\nHost: y\\r\\n\\r\\nPOST /admin\"}"; break;
            case "hostile-token": (claims["sub"], claims["iss"], header["kid"]) = ("'; $(reboot) \u001b[2J", "https://x.example/$(id)`id`", "\u001b]0;x\u0007"); break;
            case "bare-server": server.Misbehave = http => BareAsync(http, server); break;
            case "two-problems": key["n"] = Base64Url.EncodeToString([0, .. signing.ExportParameters(false).Modulus!]); server.Discovery = server.Discovery.Replace(",\"subject_types_supported\":[\"public\"]", "", StringComparison.Ordinal); break;
        }

        server.Keys = $"{{\"keys\":[{string.Join(',', others.Prepend(key.ToJsonString()))}]}}";
        string signed = $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header.ToJsonString()))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
        using RSA unpublished = RSA.Create(2048);
        RSA signer = mistake == "unpublished-key" ? unpublished : signing;
        File.WriteAllText(Path.Combine(directory, "token.jwt"), $"{signed}.{Base64Url.EncodeToString(signer.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}");
    }

    // A static file server that nobody has configured.
    private static async Task<bool> BareAsync(HttpContext http, CheckFixture server)
    {
        http.Response.ContentType = "application/octet-stream";
        await http.Response.StartAsync();
        await http.Response.WriteAsync(http.Request.Path.Value!.EndsWith("configuration", StringComparison.Ordinal)
            ? $$"""{"issuer":"{{Issuer}}","jwks_uri":"{{Issuer}}/openid/v1/jwks"}""" : server.Keys.Replace("\"use\":\"sig\",", "", StringComparison.Ordinal));
        return true;
    }
}
