namespace IssuerGateway.EndToEnd.Security;

/// <summary>What testssl.sh says of protocols, ciphers and the server's choices: nothing but what is listed here with its reason.</summary>
public sealed class TlsPostureTests
{
    /// <summary>By severity and id, with the reason.</summary>
    private static readonly Dictionary<string, string> exceptions = new()
    {
        ["WARN engine_problem"] = "about the openssl of this machine, which has no GOST engine",
        ["HIGH cert_revocation"] = "the CA of this test publishes neither CRL nor OCSP; the certificate is the operator's, and Let's Encrypt names a CRL",
        ["LOW cert_serialNumberLen"] = "the CA of this test counts its certificates",
        ["WARN sessionresumption_ticket"] = "testssl.sh 3.0 cannot check it with OpenSSL 3; Resumes_sessions does",
    };

    [Fact]
    public async Task Offers_TLS_1_3_and_1_2_with_AEAD_suites_only_and_nothing_that_testssl_dislikes()
    {
        await using TlsSite site = await TlsSite.StartAsync();

        IReadOnlyList<TlsFinding> findings = await site.FindingsAsync("--protocols", "--server-preference", "--server-defaults");

        Assert.Equal([], findings.Where(finding => !finding.IsSuccess && !exceptions.ContainsKey($"{finding.Severity} {finding.Id}")));
        Dictionary<string, string> byId = findings.ToDictionary(finding => finding.Id, finding => finding.Text);
        Assert.All(["SSLv2", "SSLv3", "TLS1", "TLS1_1"], id => Assert.Equal("not offered", byId[id]));
        Assert.Equal(("offered", "offered with final"), (byId["TLS1_2"], byId["TLS1_3"]));
        Assert.Equal("server", byId["cipher_order"]);
        Assert.All(["cipherorder_TLSv1_2", "cipherorder_TLSv1_3"], id => Assert.All(
            byId[id].Split(' ', StringSplitOptions.RemoveEmptyEntries), suite => Assert.Matches("GCM|CHACHA20", suite)));
        Assert.StartsWith("passed", byId["cert_chain_of_trust"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task Resumes_sessions(string version)
    {
        await using TlsSite site = await TlsSite.StartAsync();

        Assert.True(await site.ResumesAsync(version));
    }
}
