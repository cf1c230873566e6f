using IssuerGateway.Cli;
using IssuerGateway.Issuers;
using IssuerGateway.Tests.Tls;
using IssuerGateway.Tls;

namespace IssuerGateway.Tests.Cli;

public sealed class CertificateHostsTests
{
    private static readonly TlsSettings acme = TlsFixture.Settings(("Mode", "Acme"), ("Acme:AcceptTerms", "true"), ("Acme:StoreDirectory", "/state"));
    private static readonly TlsSettings privateCa = TlsFixture.Settings(("Mode", "Acme"), ("Acme:AcceptTerms", "true"), ("Acme:StoreDirectory", "/state"), ("Acme:CaFile", "/ca.pem"));
    private static readonly TlsSettings selfSigned = TlsFixture.Settings(("Mode", "SelfSigned"));

    // C14: a CA rejected them for ever.
    [Fact]
    public void Orders_only_for_hosts_that_a_CA_can_validate_and_names_the_others()
    {
        Issuer issuer = Of("https://a.example.com", "https://kubernetes.default.svc.cluster.local", "https://old.example.com/x", "https://192.0.2.7");

        CertificateHosts hosts = CertificateHosts.Of(acme, [issuer]);

        Assert.Equal(["a.example.com", "old.example.com"], hosts.Wanted);
        Assert.Equal(
            [("kubernetes.default.svc.cluster.local", "it is private, and a previous identifier only"), ("192.0.2.7", "certificates of IP addresses are not ordered")],
            hosts.Unordered);
    }

    [Theory]
    [InlineData("https://issuer.corp.internal", "issuer.corp.internal: it is private, and no public CA can validate it", "")]
    [InlineData("https://192.0.2.7", "192.0.2.7: certificates of IP addresses are not ordered", "192.0.2.7: certificates of IP addresses are not ordered")]
    [InlineData("https://[2001:db8::1]:8443", "2001:db8::1: certificates of IP addresses are not ordered", "2001:db8::1: certificates of IP addresses are not ordered")]
    [InlineData("https://Issuer.Example.com", "", "")]
    public void A_private_CA_validates_private_hosts(string identifier, string unordered, string unorderedByPrivateCa)
    {
        Assert.Equal(unordered, Show(CertificateHosts.Of(acme, [Of(identifier)])));
        Assert.Equal(unorderedByPrivateCa, Show(CertificateHosts.Of(privateCa, [Of(identifier)])));
    }

    [Fact]
    public void Without_ACME_every_host_but_private_previous_ones_ought_to_have_a_certificate()
    {
        CertificateHosts hosts = CertificateHosts.Of(selfSigned, [Of("https://192.0.2.7", "https://kubernetes.default.svc")]);

        Assert.Equal(["192.0.2.7"], hosts.Wanted);
        Assert.Empty(hosts.Unordered);
    }

    private static string Show(CertificateHosts hosts) => string.Join("; ", hosts.Unordered.Select(each => $"{each.Host}: {each.Why}"));

    private static Issuer Of(string identifier, params string[] previous) => new() { Identifier = Parse(identifier), PreviousIdentifiers = [.. previous.Select(Parse)] };

    private static IssuerIdentifier Parse(string text) => IssuerIdentifier.TryParse(text, out IssuerIdentifier identifier, out _) ? identifier : throw new ArgumentException(text);
}
