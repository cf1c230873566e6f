using IssuerGateway.Issuers;

namespace IssuerGateway.Tests.Issuers;

public sealed class IssuerIdentifierTests
{
    [Theory]
    [InlineData("https://oidc.example.com", "oidc.example.com", "/.well-known/openid-configuration", "https://oidc.example.com/openid/v1/jwks")]
    [InlineData("https://oidc.example.com/", "oidc.example.com", "/.well-known/openid-configuration", "https://oidc.example.com/openid/v1/jwks")]
    [InlineData("https://oidc.example.com/clusters/a", "oidc.example.com", "/clusters/a/.well-known/openid-configuration", "https://oidc.example.com/clusters/a/openid/v1/jwks")]
    [InlineData("https://oidc.example.com/clusters/a/", "oidc.example.com", "/clusters/a/.well-known/openid-configuration", "https://oidc.example.com/clusters/a/openid/v1/jwks")]
    [InlineData("https://OIDC.example.com:443", "oidc.example.com", "/.well-known/openid-configuration", "https://OIDC.example.com:443/openid/v1/jwks")]
    [InlineData("https://oidc.example.com:8443/A", "oidc.example.com:8443", "/A/.well-known/openid-configuration", "https://oidc.example.com:8443/A/openid/v1/jwks")]
    [InlineData("https://[2001:db8::1]:8443", "[2001:db8::1]:8443", "/.well-known/openid-configuration", "https://[2001:db8::1]:8443/openid/v1/jwks")]
    public void Keeps_the_exact_string_and_cuts_out_the_route(string text, string authority, string discoveryTarget, string keySetUri)
    {
        IssuerIdentifier identifier = Build.Identifier(text);

        Assert.Equal(text, identifier.Value);
        Assert.Equal(authority, identifier.Authority);
        Assert.Equal(discoveryTarget, identifier.DiscoveryTarget);
        Assert.Equal(keySetUri, identifier.KeySetUri);
    }

    [Theory]
    [InlineData("http://oidc.example.com", "an https URL")]
    [InlineData("HTTPS://oidc.example.com", "an https URL")]
    [InlineData("oidc.example.com", "an https URL")]
    [InlineData("", "an https URL")]
    [InlineData(" https://oidc.example.com", "printable ASCII without white space")]
    [InlineData("https://oidc.example.com\n", "printable ASCII without white space")]
    [InlineData("https://oidc.exämple.com", "printable ASCII without white space")]
    [InlineData("https://oidc.example.com?a=b", "no query, fragment or backslash")]
    [InlineData("https://oidc.example.com#a", "no query, fragment or backslash")]
    [InlineData("https://oidc.example.com\\a", "no query, fragment or backslash")]
    [InlineData("https://", "a host and an optional port after https://")]
    [InlineData("https://user@oidc.example.com", "a host and an optional port after https://")]
    [InlineData("https://oidc.example.com:", "a host and an optional port after https://")]
    [InlineData("https://oidc.example.com:0", "a host and an optional port after https://")]
    [InlineData("https://oidc.example.com:65536", "a host and an optional port after https://")]
    [InlineData("https://oidc.example.com:000001", "a host and an optional port after https://")]
    [InlineData("https://oidc.example.com:+1", "a host and an optional port after https://")]
    [InlineData("https://oidc.example.com//a", "a path without empty, dot or encoded-dot segments")]
    [InlineData("https://oidc.example.com/a/../b", "a path without empty, dot or encoded-dot segments")]
    [InlineData("https://oidc.example.com/%2E%2e/b", "a path without empty, dot or encoded-dot segments")]
    [InlineData("https://oidc.example.com/a//", "a path without empty, dot or encoded-dot segments")]
    [InlineData("https://oidc.example.com/a%zz", "URL characters in the path, and % only before two hexadecimal digits")]
    [InlineData("https://oidc.example.com/a%2", "URL characters in the path, and % only before two hexadecimal digits")]
    [InlineData("https://oidc.example.com/%", "URL characters in the path, and % only before two hexadecimal digits")]
    [InlineData("https://oidc.example.com/{a}", "URL characters in the path, and % only before two hexadecimal digits")]
    [InlineData("https://oidc.example.com/a^b", "URL characters in the path, and % only before two hexadecimal digits")]
    [InlineData("https://oidc.example.com/.well-known/openid-configuration", "the issuer, not the URL of its discovery document")]
    public void Rejects_what_relying_parties_read_differently(string text, string expected)
    {
        Assert.False(IssuerIdentifier.TryParse(text, out _, out (string Expected, string Hint) fault));
        Assert.Equal(expected, fault.Expected);
        Assert.NotEqual("", fault.Hint);
    }

    [Theory]
    [InlineData(2048, true)]
    [InlineData(2049, false)]
    public void Rejects_more_than_2048_characters(int length, bool accepted) =>
        Assert.Equal(accepted, IssuerIdentifier.TryParse("https://oidc.example.com/".PadRight(length, 'a'), out _, out _));

    [Theory]
    [InlineData("https://oidc.example.com:1", 1)]
    [InlineData("https://oidc.example.com:65535", 65535)]
    public void Takes_each_port_that_exists(string text, int port) => Assert.Equal(port, Build.Identifier(text).Port);

    [Theory]
    [InlineData("https://:443")]
    [InlineData("https:///a")]
    public void Rejects_an_authority_without_host(string text) => Assert.False(IssuerIdentifier.TryParse(text, out _, out _));

    [Theory]
    [InlineData("kubernetes.default.svc.cluster.local")]
    [InlineData("kubernetes.default.svc")]
    [InlineData("issuer.corp.internal")]
    [InlineData("localhost")]
    [InlineData("issuer")]
    [InlineData("10.0.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("100.64.0.1")]
    [InlineData("169.254.1.1")]
    [InlineData("127.0.0.1")]
    [InlineData("[::1]")]
    [InlineData("[fd00::1]")]
    [InlineData("[fe80::1]")]
    [InlineData("[::ffff:10.0.0.1]")]
    public void Knows_hosts_that_the_internet_cannot_reach(string host) => Assert.True(Build.Identifier($"https://{host}").IsPrivateHost);

    [Theory]
    [InlineData("oidc.example.com")]
    [InlineData("internal.example.com")]
    [InlineData("172.32.0.1")]
    [InlineData("8.8.8.8")]
    [InlineData("[2001:4860::1]")]
    public void Knows_hosts_that_it_can(string host) => Assert.False(Build.Identifier($"https://{host}").IsPrivateHost);
}
