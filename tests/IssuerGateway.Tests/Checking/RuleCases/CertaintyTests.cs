using System.Text;
using System.Text.Json.Nodes;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Steps;
using IssuerGateway.Tests.Issuers;

namespace IssuerGateway.Tests.Checking.RuleCases;

/// <summary>"Would reject" needs a source. Where the facts say nothing of how a party takes it, the verdict is "might reject".</summary>
public sealed class CertaintyTests
{
    /// <summary>How strictly Entra, AWS and Google read JSON nobody has recorded, and RFC 8259 §4 leaves it open; what no reader makes an object of they all reject.</summary>
    [Theory]
    [InlineData("{\"x\":1,\"x\":2,", "? ? ? A A A ?")]
    [InlineData("{\"x\":\"\u00FF\",", "? ? ? A A A ?")]
    [InlineData("{\"x\":[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]],", "? ? ? A A A ?")]
    [InlineData("{\"x\":NaN,", "R R R R R R R")]
    [InlineData("<html>{", "R R R R R R R")]
    public async Task Of_a_discovery_document(string start, string verdicts)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        string rest = issuer.Discovery[1..];
        issuer.Misbehave = http => RespondAsync(http, "openid-configuration", Encoding.Latin1.GetBytes(start + rest));

        Assert.Equal(verdicts, CheckFixture.Letters(await issuer.CheckAsync(Everybody(issuer))));
    }

    [Theory]
    [InlineData("{\"x\":1,\"x\":2,\"keys\":[$]}", "? ? ? A A A ?")]
    [InlineData("{\"keys\":[null,$]}", "? ? ? R R R ?")]
    [InlineData("{\"keys\":[\"a\",$]}", "? ? ? R R R ?")]
    [InlineData("{\"keys\":[{},$]}", "? A ? R R R ?")]
    [InlineData("{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"b\"},$]}", "? A ? R R R ?")]
    [InlineData("{\"keys\":[{}]}", "R R R R R R R")]
    [InlineData("{\"keys\":[null]}", "R R R R R R R")]
    [InlineData("{\"keys\":\"$\"}", "R R R R R R R")]
    [InlineData("[$]", "R R R R R R R")]
    public async Task Of_a_key_set(string set, string verdicts)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Keys = set.Replace("$", set.Contains("\"$\"", StringComparison.Ordinal) ? "a" : Build.Rsa("a"), StringComparison.Ordinal);

        Assert.Equal(verdicts, CheckFixture.Letters(await issuer.CheckAsync(Everybody(issuer))));
    }

    private const string Private = "\"d\":\"AQAB\",\"p\":\"AQAB\",\"q\":\"AQAB\"";

    /// <summary>Keys as no API server writes them, alone or beside another.</summary>
    [Theory]
    [InlineData("two of one kid, the last with key_ops", "? R ? A A A ?")]
    [InlineData("two of one kid, the last hidden", "? A ? A A A ?")]
    [InlineData("not a point", "R R R R R R R")]
    [InlineData("a point without its leading zero", "R A A R R R A")]
    [InlineData("only for encryption", "? R R A A A ?")]
    [InlineData("only for another use", "? ? R A A A ?")]
    [InlineData("only with its private half", "? ? ? R R R ?")]
    [InlineData("only with a part of its private half", "? ? ? R R R ?")]
    [InlineData("of another use beside a good one", "A A A A A A A")]
    [InlineData("with its private half beside a good one", "? ? ? ? ? ? ?")]
    [InlineData("only marked RS512", "? A ? A A A A")]
    [InlineData("a line break beside a good one", "? A ? A A A ?")]
    [InlineData("only with padding", "? ? ? R R R ?")]
    [InlineData("only symmetric", "R R R R R R R")]
    [InlineData("key_ops is null", "A A A A A A A")]
    public async Task Of_odd_keys(string what, string verdicts)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Keys = $"{{\"keys\":[{what switch
        {
            "two of one kid, the last with key_ops" => $"{Build.Rsa("a")},{With(Build.Rsa("a"), "\"key_ops\":[\"verify\"]")}",
            "two of one kid, the last hidden" => $"{Build.Rsa("a")},{Build.Rsa("a").Replace("\"sig\"", "\"enc\"", StringComparison.Ordinal)}",
            "not a point" => """{"kty":"EC","kid":"a","use":"sig","alg":"ES256","crv":"P-256","x":"AA","y":"AA"}""",
            "a point without its leading zero" => KeySamples.ShortCoordinate("a"),
            "only for encryption" => Build.Rsa("a").Replace("\"sig\"", "\"enc\"", StringComparison.Ordinal),
            "only for another use" => Build.Rsa("a").Replace("\"sig\"", "\"signature\"", StringComparison.Ordinal),
            "only with its private half" => With(Build.Rsa("a"), Private),
            "with its private half beside a good one" => $"{With(Build.Rsa("a"), Private)},{Build.Rsa("b")}",
            "only with a part of its private half" => With(Build.Rsa("a"), "\"d\":\"AQAB\""),
            "of another use beside a good one" => $"{Build.Rsa("a").Replace("\"sig\"", "\"signature\"", StringComparison.Ordinal)},{Build.Rsa("b")}",
            "only marked RS512" => Build.Rsa("a").Replace("RS256", "RS512", StringComparison.Ordinal),
            "a line break beside a good one" => $"{Build.Rsa("a")},{Build.Rsa("b").Replace("\"n\":\"", "\"n\":\"\\n", StringComparison.Ordinal)}",
            "only with padding" => Build.Rsa("a").Replace("\",\"e\"", "==\",\"e\"", StringComparison.Ordinal),
            "only symmetric" => """{"kty":"oct","kid":"a","k":"AAAAAAAAAAAAAAAAAAAAAA"}""",
            "key_ops is null" => With(Build.Rsa("a"), "\"key_ops\":null"),
            _ => throw new ArgumentOutOfRangeException(nameof(what)),
        }}]}}";

        Assert.Equal(verdicts, CheckFixture.Letters(await issuer.CheckAsync(Everybody(issuer))));

        static string With(string key, string member) => $"{key[..^1]},{member}}}";
    }

    /// <summary>That a member is missing is recorded of AWS, and not how leniently it reads one of another type.</summary>
    [Theory]
    [InlineData("\"public\"", Evidence.Unconfirmed)]
    [InlineData("{}", Evidence.Unconfirmed)]
    [InlineData("null", Evidence.Observed)]
    [InlineData(null, Evidence.Observed)]
    public async Task Of_a_member_of_another_type(string? value, Evidence evidence)
    {
        CheckFinding finding = (await Stage.Document(document =>
        {
            document.Remove("subject_types_supported");
            if (value is not null)
            {
                document["subject_types_supported"] = JsonNode.Parse(value);
            }
        })).Single(finding => finding.Id == "discovery-member-missing");

        Assert.Equal(evidence, finding.Responses.Single(entry => entry.Party == "aws").Evidence);
    }

    [Theory]
    [InlineData("==\",\"e\"", Evidence.Unconfirmed)]
    [InlineData("!\",\"e\"", Evidence.Observed)]
    public void Of_a_token_of_a_key_that_a_lenient_reader_might_read(string endOfModulus, Evidence evidence)
    {
        string odd = Stage.GoodKey("a").Replace("\",\"e\"", endOfModulus, StringComparison.Ordinal);

        CheckFinding finding = Stage.TokenFor(["aws"], (_, _) => { }, keys: [odd, Build.Rsa("b")]).Findings.Single(finding => finding.Id == "token-key-unusable");

        Assert.Equal(evidence, Assert.Single(finding.Responses).Evidence);
    }

    /// <summary>AWS documents 5 s, Kubernetes has 30 s in its source; of Entra and Google no limit is known, and Vault has none.</summary>
    [Theory]
    [InlineData(4, "A A A A A A A")]
    [InlineData(7, "A R A A A A A")]
    [InlineData(21, "? R ? A A A ?")]
    [InlineData(31, "? R ? A A R ?")]
    public async Task Of_a_response_that_comes_late(int seconds, string verdicts)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        SteppingTime time = new(TimeProvider.System.GetUtcNow());
        issuer.Misbehave = http =>
        {
            time.Advance(TimeSpan.FromSeconds(http.Request.Path.Value!.EndsWith("jwks", StringComparison.Ordinal) ? seconds : 0));
            return Task.FromResult(false);
        };

        CheckReport report = await new IssuerCheck(Everybody(issuer) with { Timeout = TimeSpan.FromMinutes(2) }, upstream: null, exchange: null, time).RunAsync(CancellationToken.None);

        Assert.Equal(verdicts, CheckFixture.Letters(report));
    }

    [Fact]
    public async Task Of_a_server_that_stops_in_the_middle()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Misbehave = async http =>
        {
            http.Response.ContentLength = 100;
            await http.Response.Body.WriteAsync("{"u8.ToArray());
            await http.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return true;
        };

        CheckReport report = await issuer.CheckAsync(Everybody(issuer) with { Timeout = TimeSpan.FromSeconds(15) });

        Assert.Equal("? R", CheckFixture.Letters(report)[..3]);
    }

    /// <summary>A registered CA cures a chain that ends at it, and none that it may not sign or that is for another use: Go verifies both (crypto/x509).</summary>
    [Theory]
    [InlineData(null, "R ? R ? ? ? R", true)]
    [InlineData("it is not for servers (extended key usage)", "R ? R R R R R", false)]
    public void Of_a_chain(string? fault, string verdicts, bool isCuredByCa)
    {
        RelyingParty[] parties = [.. Parties.Select(id => RelyingParty.Find(id)!)];
        StepBuilder step = new("tls", parties, TimeProvider.System);
        TlsStep.Validate(step, new TlsObservation
        {
            Protocol = System.Security.Authentication.SslProtocols.Tls13,
            Suite = System.Net.Security.TlsCipherSuite.TLS_AES_128_GCM_SHA256,
            NotBefore = Stage.Now.AddDays(-30),
            NotAfter = Stage.Now.AddDays(60),
            NameMatches = true,
            IsTrustedAsSent = false,
            IsTrustedWithDownloads = false,
            CertificatesSent = 2,
            ChainFault = fault,
        }, "issuer.example.test", Stage.Now);
        StepBuilder all = new("tls", parties, TimeProvider.System);
        AddressFindings.Report(all, [new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 443)], [step.Done("")]);
        CheckReport report = new() { Issuer = Stage.Issuer, Parties = parties, Steps = [all.Done("")], At = Stage.Now };

        Assert.Equal(verdicts, CheckFixture.Letters(report));
        Assert.Equal(isCuredByCa, report.Findings.Single().Fix.Contains("--ca FILE", StringComparison.Ordinal));
    }

    private static readonly string[] Parties = ["entra", "aws", "google", "vault", "openbao", "kubernetes", "generic"];

    private static CheckRequest Everybody(CheckFixture issuer) => issuer.Request(profiles: Parties);

    private static async Task<bool> RespondAsync(Microsoft.AspNetCore.Http.HttpContext http, string document, byte[] body)
    {
        if (!http.Request.Path.Value!.EndsWith(document, StringComparison.Ordinal))
        {
            return false;
        }

        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body.Length;
        http.Response.Headers.CacheControl = "max-age=300";
        await http.Response.Body.WriteAsync(body);
        return true;
    }

}
