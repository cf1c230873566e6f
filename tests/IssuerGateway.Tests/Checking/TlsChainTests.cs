using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Checking;
using IssuerGateway.Demo;

namespace IssuerGateway.Tests.Checking;

/// <summary>What is wrong with a certificate above the leaf, or with how it is made, is a finding of TLS that names it.</summary>
public sealed class TlsChainTests
{
    private static readonly string[] ofGo = ["vault", "openbao", "kubernetes"];

    [Theory]
    [InlineData("expired intermediate", "tls-expired", "\"CN=expired intermediate\" of the chain is valid from 2026-01-01 00:00:00Z to 2026-01-31 00:00:00Z", "R R R R R R R")]
    [InlineData("SHA-1", "tls-weak-signature", "\"CN=issuer.example.test\" is signed with sha1ECDSA", "A A A R R R A")]
    [InlineData("critical extension", "tls-untrusted", "subject \"CN=issuer.example.test\", issued by ISSUER: a certificate of the chain has a critical extension that nobody knows (RFC 5280 §4.2)", "R ? R R R R R")]
    public async Task Names_the_certificate(string what, string rule, string found, string verdicts)
    {
        using TestAuthority authority = new();
        X509Certificate2 leaf = what switch
        {
            "SHA-1" => authority.OddLeaf(CheckFixture.Host, isSha1: true),
            "critical extension" => authority.OddLeaf(CheckFixture.Host, extension: new X509Extension("1.2.3.4.5", [5, 0], critical: true)),
            _ => authority.LeafOfExpiredIntermediate(CheckFixture.Host),
        };
        int port = FreePorts.Take(1)[0];
        await using OpenSslServer server = await OpenSslServer.StartAsync(port, authority, leaf, ["-cipher", "ALL:@SECLEVEL=0"]);

        StepReport tls = (await OpenSslServer.CheckAsync(port, authority)).Steps.Single(step => step.Step == "tls");

        CheckFinding finding = Assert.Single(tls.Findings);
        Assert.Equal((rule, found.Replace("ISSUER", $"\"{authority.Intermediate.Subject}\"", StringComparison.Ordinal)), (finding.Id, finding.Found));
        string[] known = ["entra", "aws", "google", .. ofGo, "generic"];
        CheckReport report = new() { Issuer = "x", Parties = [.. known.Select(id => IssuerGateway.Checking.Rules.RelyingParty.Find(id)!)], Steps = [tls], At = DateTimeOffset.UnixEpoch };
        Assert.Equal(verdicts, CheckFixture.Letters(report));
    }
}
