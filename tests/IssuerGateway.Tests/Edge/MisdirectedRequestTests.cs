using System.Net.Sockets;
using System.Security.Authentication;
using IssuerGateway.Edge;
using IssuerGateway.Tests.Issuers;
using IssuerGateway.Tests.Transport;
using IssuerGateway.Transport;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace IssuerGateway.Tests.Edge;

/// <summary>Requests on a connection that was opened for another host.</summary>
public sealed class MisdirectedRequestTests
{
    private readonly DocumentRoutes routes = new([Build.Issuer("https://a.example.com"), Build.Issuer("https://b.example.com:8443")]);

    [Theory]
    [InlineData("a.example.com", "a.example.com", true)]
    [InlineData("A.Example.COM.", "a.example.com", true)]
    [InlineData("b.example.com", "b.example.com:8443", true)]
    [InlineData("", "a.example.com", true)]
    [InlineData("origin.example.net", "a.example.com", true)]
    [InlineData("b.example.com", "a.example.com", false)]
    [InlineData("a.example.com", "b.example.com:8443", false)]
    [InlineData("a.example.com", "B.example.com.", false)]
    public async Task Are_those_whose_name_of_the_handshake_is_another_issuers(string serverName, string host, bool isItsOwn)
    {
        await using TransportFixture transport = TransportFixture.Start();
        (Socket client, SocketConnection connection) = await transport.ConnectAsync();
        FeatureCollection features = new();
        features.Set<ITlsHandshakeFeature>(new Handshake(serverName));

        Assert.Equal(isItsOwn, routes.IsOnItsConnection(routes.Find(host, "/openid/v1/jwks")!, features, connection));

        // And again, on a kept connection, by another route of either host.
        Assert.Equal(isItsOwn, routes.IsOnItsConnection(routes.Find(host, "/.well-known/openid-configuration")!, features, connection));
        Assert.Equal(isItsOwn, routes.IsOnItsConnection(routes.Find(host, "/openid/v1/jwks")!, features, connection));
        await connection.DisposeAsync();
        client.Dispose();
    }

    [Fact]
    public async Task Are_distinguished_on_one_connection()
    {
        await using TransportFixture transport = TransportFixture.Start();
        (Socket client, SocketConnection connection) = await transport.ConnectAsync();
        FeatureCollection features = new();
        features.Set<ITlsHandshakeFeature>(new Handshake("a.example.com"));
        DocumentRoute own = routes.Find("a.example.com", "/openid/v1/jwks")!;
        DocumentRoute others = routes.Find("b.example.com:8443", "/openid/v1/jwks")!;

        Assert.Equal([true, false, true, false], ((DocumentRoute[])[own, others, own, others]).Select(route => routes.IsOnItsConnection(route, features, connection)));
        await connection.DisposeAsync();
        client.Dispose();
    }

    private sealed class Handshake(string hostName) : ITlsHandshakeFeature
    {
        public string HostName => hostName;

        public SslProtocols Protocol => SslProtocols.Tls13;

#pragma warning disable SYSLIB0058 // Members of the interface.
        public CipherAlgorithmType CipherAlgorithm => default;

        public int CipherStrength => 0;

        public HashAlgorithmType HashAlgorithm => default;

        public int HashStrength => 0;

        public ExchangeAlgorithmType KeyExchangeAlgorithm => default;

        public int KeyExchangeStrength => 0;
#pragma warning restore SYSLIB0058

        public System.Net.Security.TlsCipherSuite? NegotiatedCipherSuite => null;
    }
}
