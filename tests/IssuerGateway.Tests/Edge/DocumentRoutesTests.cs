using IssuerGateway.Edge;
using IssuerGateway.Publishing;
using IssuerGateway.Tests.Issuers;

namespace IssuerGateway.Tests.Edge;

public sealed class DocumentRoutesTests
{
    private readonly DocumentRoutes routes = new(
    [
        Build.Issuer("https://oidc.example.com"),
        Build.Issuer("https://oidc.example.com/clusters/a/", previous: ["https://old.example.com:8443"]),
        Build.Issuer("https://plain.example.com:80"),
        Build.Issuer("https://twice.example.com:8443"),
        Build.Issuer("https://twice.example.com:9443"),
        Build.Issuer("https://[2001:db8::1]:8443"),
        Build.Issuer("https://tilde.example.com/~user"),
    ]);

    [Theory]
    [InlineData("oidc.example.com", "/.well-known/openid-configuration", "https://oidc.example.com", 0, DocumentKind.Discovery)]
    [InlineData("oidc.example.com", "/openid/v1/jwks", "https://oidc.example.com", 0, DocumentKind.KeySet)]
    [InlineData("oidc.example.com", "/openid/v1/jwks?cache=no&x=/a", "https://oidc.example.com", 0, DocumentKind.KeySet)]
    [InlineData("OIDC.Example.COM", "/openid/v1/jwks", "https://oidc.example.com", 0, DocumentKind.KeySet)]
    [InlineData("oidc.example.com:443", "/openid/v1/jwks", "https://oidc.example.com", 0, DocumentKind.KeySet)]
    [InlineData("oidc.example.com:80", "/openid/v1/jwks", "https://oidc.example.com", 0, DocumentKind.KeySet)]
    [InlineData("oidc.example.com", "/clusters/a/.well-known/openid-configuration", "https://oidc.example.com/clusters/a/", 0, DocumentKind.Discovery)]
    [InlineData("old.example.com:8443", "/openid/v1/jwks", "https://oidc.example.com/clusters/a/", 1, DocumentKind.KeySet)]
    [InlineData("oidc.example.com.", "/openid/v1/jwks", "https://oidc.example.com", 0, DocumentKind.KeySet)]
    [InlineData("oidc.example.com.:8443", "/openid/v1/jwks", "https://oidc.example.com", 0, DocumentKind.KeySet)]
    [InlineData("oidc.example.com:8443", "/openid/v1/jwks", "https://oidc.example.com", 0, DocumentKind.KeySet)]
    [InlineData("old.example.com", "/openid/v1/jwks", "https://oidc.example.com/clusters/a/", 1, DocumentKind.KeySet)]
    [InlineData("oidc.example.com", "https://oidc.example.com/openid/v1/jwks", "https://oidc.example.com", 0, DocumentKind.KeySet)]
    [InlineData("proxy.example.com", "HTTP://OIDC.example.com:80/openid/v1/jwks?x", "https://oidc.example.com", 0, DocumentKind.KeySet)]
    [InlineData("oidc.example.com", "/.well-known/openid%2Dconfiguration", "https://oidc.example.com", 0, DocumentKind.Discovery)]
    [InlineData("oidc.example.com", "/openid/v1/%6Awks", "https://oidc.example.com", 0, DocumentKind.KeySet)]
    [InlineData("plain.example.com:80", "/openid/v1/jwks", "https://plain.example.com:80", 0, DocumentKind.KeySet)]
    [InlineData("twice.example.com:8443", "/openid/v1/jwks", "https://twice.example.com:8443", 0, DocumentKind.KeySet)]
    [InlineData("twice.example.com:9443", "/openid/v1/jwks", "https://twice.example.com:9443", 0, DocumentKind.KeySet)]
    [InlineData("[2001:db8::1]", "/openid/v1/jwks", "https://[2001:db8::1]:8443", 0, DocumentKind.KeySet)]
    [InlineData("tilde.example.com", "/%7Euser/openid/v1/jwks", "https://tilde.example.com/~user", 0, DocumentKind.KeySet)]
    internal void Finds_a_document_by_host_and_path(string host, string target, string issuer, int identifier, DocumentKind kind) =>
        Assert.Equal(new DocumentRoute(Build.Identifier(issuer), identifier, kind, ""), routes.Find(host, target)! with { Host = "" });

    [Theory]
    [InlineData("oidc.example.com", "/")]
    [InlineData("oidc.example.com", "")]
    [InlineData("oidc.example.com", "*")]
    [InlineData("oidc.example.com", "/openid/v1/jwks/")]
    [InlineData("oidc.example.com", "/openid/v1/JWKS")]
    [InlineData("oidc.example.com", "//openid/v1/jwks")]
    [InlineData("oidc.example.com", "/a/../openid/v1/jwks")]
    [InlineData("oidc.example.com", "/./openid/v1/jwks")]
    [InlineData("oidc.example.com", "/clusters/b/openid/v1/jwks")]
    [InlineData("oidc.example.com", "/api/v1/secrets")]
    [InlineData("oidc.example.com", "/metrics")]
    [InlineData("oidc.example.com", "/openid%2Fv1/jwks")]
    [InlineData("oidc.example.com", "/a/%2E%2E/openid/v1/jwks")]
    [InlineData("oidc.example.com", "/openid/v1/%256Awks")]
    [InlineData("oidc.example.com", "/openid/v1/jwks%")]
    [InlineData("oidc.example.com", "/openid/v1/jwks%2")]
    [InlineData("oidc.example.com", "https://other.example.com/openid/v1/jwks")]
    [InlineData("oidc.example.com", "https://user@oidc.example.com/openid/v1/jwks")]
    [InlineData("oidc.example.com", "ftp://oidc.example.com/openid/v1/jwks")]
    [InlineData("oidc.example.com", "https:///openid/v1/jwks")]
    [InlineData("oidc.example.com..", "/openid/v1/jwks")]
    [InlineData("oidc.example.com:", "/openid/v1/jwksx")]
    [InlineData("oidc.example.com:port", "/openid/v1/jwks")]
    [InlineData("oidc.example.com:1234567", "/openid/v1/jwks")]
    [InlineData("twice.example.com", "/openid/v1/jwks")]
    [InlineData("twice.example.com:7443", "/openid/v1/jwks")]
    [InlineData("[2001:db8::2]", "/openid/v1/jwks")]
    [InlineData("[2001:db8::1", "/openid/v1/jwks")]
    [InlineData("other.example.com", "/openid/v1/jwks")]
    [InlineData("", "/openid/v1/jwks")]
    public void Finds_nothing_else(string host, string target) => Assert.Null(routes.Find(host, target));
}
