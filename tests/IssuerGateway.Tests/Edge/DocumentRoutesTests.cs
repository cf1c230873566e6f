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
    internal void Finds_a_document_by_host_and_path(string host, string target, string issuer, int identifier, DocumentKind kind) =>
        Assert.Equal(new DocumentRoute(Build.Identifier(issuer), identifier, kind), routes.Find(host, target));

    [Theory]
    [InlineData("oidc.example.com", "/")]
    [InlineData("oidc.example.com", "")]
    [InlineData("oidc.example.com", "*")]
    [InlineData("oidc.example.com", "/openid/v1/jwks/")]
    [InlineData("oidc.example.com", "/openid/v1/JWKS")]
    [InlineData("oidc.example.com", "//openid/v1/jwks")]
    [InlineData("oidc.example.com", "/a/../openid/v1/jwks")]
    [InlineData("oidc.example.com", "/./openid/v1/jwks")]
    [InlineData("oidc.example.com", "/openid/v1/%6Awks")]
    [InlineData("oidc.example.com", "/clusters/b/openid/v1/jwks")]
    [InlineData("oidc.example.com", "/api/v1/secrets")]
    [InlineData("oidc.example.com", "/metrics")]
    [InlineData("oidc.example.com", "https://oidc.example.com/openid/v1/jwks")]
    [InlineData("other.example.com", "/openid/v1/jwks")]
    [InlineData("oidc.example.com.", "/openid/v1/jwks")]
    [InlineData("oidc.example.com:8443", "/openid/v1/jwks")]
    [InlineData("old.example.com", "/openid/v1/jwks")]
    [InlineData("", "/openid/v1/jwks")]
    public void Finds_nothing_else(string host, string target) => Assert.Null(routes.Find(host, target));
}
