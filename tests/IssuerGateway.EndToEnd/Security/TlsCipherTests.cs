namespace IssuerGateway.EndToEnd.Security;

/// <summary>What testssl.sh says of each kind of cipher suite and of the headers of a response: nothing above INFO.</summary>
public sealed class TlsCipherTests
{
    /// <summary>About the openssl of this machine, which has no GOST engine.</summary>
    private const string OfTheMachine = "engine_problem";

    [Fact]
    public async Task Offers_strong_suites_alone_and_says_so_of_its_site()
    {
        await using TlsSite site = await TlsSite.StartAsync();

        IReadOnlyList<TlsFinding> findings = await site.FindingsAsync("--std", "--headers");

        Assert.Equal([], findings.Where(finding => !finding.IsSuccess && finding.Id != OfTheMachine));
        Dictionary<string, string> byId = findings.ToDictionary(finding => finding.Id, finding => finding.Text);
        Assert.All(["cipherlist_NULL", "cipherlist_aNULL", "cipherlist_EXPORT", "cipherlist_LOW", "cipherlist_3DES_IDEA", "cipherlist_AVERAGE"], id => Assert.Equal("not offered", byId[id]));
        Assert.Equal("offered", byId["cipherlist_STRONG"]);
        Assert.StartsWith("365 days", byId["HSTS_time"], StringComparison.Ordinal);
        Assert.Equal("nosniff", byId["X-Content-Type-Options"]);
    }
}
