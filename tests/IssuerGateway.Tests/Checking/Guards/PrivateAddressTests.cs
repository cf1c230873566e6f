using System.Net;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Fetching;

namespace IssuerGateway.Tests.Checking.Guards;

/// <summary>Which options say that a private address is meant, and of whom they say it.</summary>
public sealed class PrivateAddressTests
{
    /// <summary>Without HOST2 the operator has stated a port, and the host is still the one that the document names.</summary>
    [Theory]
    [InlineData(":443::PORT", false)]
    [InlineData(":::PORT", false)]
    [InlineData("localhost:443::PORT", false)]
    [InlineData(":443:localhost:PORT", true)]
    [InlineData("localhost:443:127.0.0.1:PORT", true)]
    public async Task Lets_a_document_choose_no_host_that_the_operator_has_not_stated(string route, bool isStated)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        await using CheckFixture keys = await CheckFixture.StartAsync(authority => authority.Leaf("localhost"));
        issuer.Discovery = issuer.Discovery.Replace($"{issuer.Issuer}/openid/v1/jwks", "https://localhost/k", StringComparison.Ordinal);
        int requests = 0;
        keys.Misbehave = _ =>
        {
            requests++;
            return Task.FromResult(false);
        };
        List<IssuerGateway.Base.SettingError> errors = [];
        string stated = route.Replace("PORT", keys.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
        string own = $"{CheckFixture.Host}:{issuer.Port}:127.0.0.1:{issuer.Port}";

        CheckReport report = await issuer.CheckAsync(issuer.Request() with
        {
            Overrides = ConnectionOverrides.Parse([], [own, stated], null, false, errors) with { Roots = [issuer.Authority.Root, keys.Authority.Root] },
        });

        Assert.Empty(errors);
        Assert.Equal(isStated ? [] : ["jwks error address-foreign"], CheckFixture.Rules(report));
        Assert.Equal(isStated ? 1 : 0, requests);
    }

    /// <summary>Nothing was fetched from a private address, over http or otherwise: one cause, one finding.</summary>
    [Theory]
    [InlineData("jwks_uri")]
    [InlineData("redirect")]
    public async Task A_private_http_URL_is_one_finding(string where)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Discovery = where == "jwks_uri" ? issuer.Discovery.Replace($"{issuer.Issuer}/openid/v1/jwks", "http://10.1.2.3/k", StringComparison.Ordinal) : issuer.Discovery;
        issuer.Misbehave = http =>
        {
            http.Response.StatusCode = where == "redirect" ? 302 : 200;
            http.Response.Headers.Location = "http://10.1.2.3/d";
            return Task.FromResult(where == "redirect");
        };

        string[] rules = CheckFixture.Rules(await issuer.CheckAsync(issuer.Request(profiles: ["vault"])));

        // Who is in that network reaches it, so that it is a warning to Vault.
        Assert.Equal([$"{(where == "jwks_uri" ? "jwks" : "discovery")} warning address-foreign"], rules);
    }

    /// <summary>The command shows the document that cannot be read, which is not at the first URL.</summary>
    [Fact]
    public async Task What_cannot_be_read_behind_a_redirect_is_named()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Misbehave = async http =>
        {
            bool isMoved = http.Request.Path == "/moved";
            http.Response.StatusCode = isMoved ? 200 : 302;
            http.Response.ContentType = "application/json";
            http.Response.Headers.Location = "/moved";
            await http.Response.Body.WriteAsync(isMoved ? "{\"issuer\":"u8.ToArray() : []);
            return true;
        };

        CheckFinding finding = (await issuer.CheckAsync(issuer.Request(profiles: ["vault"]))).Findings.Single(each => each.Id == "discovery-malformed");

        Assert.StartsWith($"{issuer.Issuer}/moved: ", finding.Found, StringComparison.Ordinal);
        Assert.StartsWith("compare: curl -s -L --max-redirs 9 ", finding.Fix, StringComparison.Ordinal);
    }

    /// <summary><c>--allow-private</c> is about documents and redirects; what is wrong with the issuer itself is still said.</summary>
    [Theory]
    [InlineData("https://oidc.svc.cluster.local", "url warning issuer-host-private")]
    [InlineData("https://issuer.example.test", "dns warning address-private")]
    public async Task Names_a_private_issuer_although_documents_may_be_private(string url, string rule)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        CheckRequest request = issuer.Request(url) with
        {
            Overrides = new ConnectionOverrides { AllowPrivate = true, Lookup = (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("127.0.0.87")]) },
        };

        Assert.Contains(rule, CheckFixture.Rules(await issuer.CheckAsync(request)).Select(each => each.Replace(" error ", " warning ", StringComparison.Ordinal)));
        Assert.DoesNotContain(rule, CheckFixture.Rules(await issuer.CheckAsync(request with { AllowsPrivateIssuer = true })).Select(each => each.Replace(" error ", " warning ", StringComparison.Ordinal)));
    }
}
