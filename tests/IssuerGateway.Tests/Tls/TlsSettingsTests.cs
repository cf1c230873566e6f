using IssuerGateway.Configuration;
using IssuerGateway.Tls;
using Microsoft.Extensions.Configuration;

namespace IssuerGateway.Tests.Tls;

public sealed class TlsSettingsTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public void Reports_every_error_at_once() => Assert.Equal(
        [
            "Tls:Mode: found \"Fils\", expected one of Files, SelfSigned, None, Acme, Secrets\nhint: remove Tls:Mode for the default of Files",
            "Tls:Certificates:0:KeyFile: is required: a PEM file with the key of the leaf\nhint: set Tls:Certificates:0:KeyFile, for example to tls.key",
            "Tls:Certificates:1:CertificateFile: is required: a PEM file with the complete chain, leaf first\nhint: set Tls:Certificates:1:CertificateFile, for example to tls.crt",
        ],
        Errors(("Mode", "Fils"), ("Certificates:0:CertificateFile", "a"), ("Certificates:1:KeyFile", "b")));

    [Fact]
    public void Requires_a_pair_when_nothing_is_set() => Assert.Equal(
        [
            "Tls:Certificates: is required: at least one certificate file and its key file\nhint: set Tls:Certificates:0:CertificateFile and Tls:Certificates:0:KeyFile, or Tls:Mode to Acme, Secrets, SelfSigned or (behind a proxy that terminates TLS) None",
        ],
        Errors());

    [Theory]
    [InlineData("None")]
    [InlineData("selfsigned")]
    public void Needs_nothing_else_with(string mode) => Assert.Empty(Errors(("Mode", mode)));

    [Fact]
    public void Reports_pairs_that_cannot_be_served_like_any_other_setting()
    {
        (string chain, string _) = new TestCa().Issue("a.example.test");
        File.WriteAllText(directory.File("a.crt"), chain);
        File.WriteAllText(directory.File("a.key"), "");
        string missing = directory.File("missing.crt");

        Assert.Equal(
            [
                $"Tls:Certificates:0: no PRIVATE KEY block\nhint: give a PEM certificate chain, leaf first, in {directory.File("a.crt")}, and the PEM key of its leaf in {directory.File("a.key")}",
                $"Tls:Certificates:1:CertificateFile: {missing} does not exist\nhint: correct Tls:Certificates:1:CertificateFile, or put the file there and let the user of the gateway read it",
            ],
            Errors(
                ("Certificates:0:CertificateFile", directory.File("a.crt")), ("Certificates:0:KeyFile", directory.File("a.key")),
                ("Certificates:1:CertificateFile", missing), ("Certificates:1:KeyFile", directory.File("a.key"))));
    }

    [Fact]
    public void Reports_every_error_of_ACME_at_once() => Assert.Equal(
        [
            "Tls:Acme:Directory: found \"http://ca.example/dir\", expected an https URL without user name\nhint: remove Tls:Acme:Directory for the default of https://acme-v02.api.letsencrypt.org/directory",
            "Tls:Acme:Challenges: found \"dns-01\", expected http-01 or tls-alpn-01\nhint: DNS-01 is not supported; let cert-manager order and set Tls:Mode to Secrets",
            "Tls:Acme:Challenges: found \"HTTP\", expected http-01 or tls-alpn-01\nhint: remove Tls:Acme:Challenges for both",
            "Tls:Acme:KeyType: found \"P521\", expected one of P256, Rsa2048\nhint: remove Tls:Acme:KeyType for the default of P256",
            "Tls:Acme:Proxy: found \"socks5://p\", expected an http URL without user name\nhint: remove Tls:Acme:Proxy for the default of none",
            "Tls:Acme:ExtraNames: found \"*.example.com\", expected a DNS name in lower case, such as origin.example.com\nhint: wildcards need DNS-01, which is not supported; name each host",
            "Tls:Acme:ExtraNames: found \"10.0.0.1\", expected a DNS name in lower case, such as origin.example.com\nhint: write the name as it stands in DNS (internationalized names as xn--…)",
            "Tls:Acme:ExtraNames: found \"../a\", expected a DNS name in lower case, such as origin.example.com\nhint: write the name as it stands in DNS (internationalized names as xn--…)",
            "Tls:Acme:StoreDirectory: is required: a directory that survives restarts\nhint: set Tls:Acme:StoreDirectory, for example to a directory below StateDirectory, or Tls:Acme:Store to Secrets",
            "Tls:Acme:AcceptTerms: found false, expected true: a CA issues only to those who agree to its terms of service\nhint: read the terms of acme-v02.api.letsencrypt.org and set Tls:Acme:AcceptTerms to true; also for a CA that has none",
            "Tls:Acme:Eab: found one of KeyId and HmacKeyFile, expected both or none\nhint: take both from the account page of the CA",
        ],
        Errors(
            ("Mode", "Acme"), ("Acme:Directory", "http://ca.example/dir"), ("Acme:Challenges:0", "dns-01"), ("Acme:Challenges:1", "HTTP"), ("Acme:KeyType", "P521"),
            ("Acme:Proxy", "socks5://p"), ("Acme:ExtraNames:0", "*.example.com"), ("Acme:ExtraNames:1", "10.0.0.1"), ("Acme:ExtraNames:2", "../a"), ("Acme:Eab:KeyId", "k")));

    [Theory]
    [InlineData("ops example")]
    [InlineData("ops@")]
    [InlineData("@example.com")]
    [InlineData("a@b@example.com")]
    [InlineData("tel:+1-201-555-0123")]
    [InlineData("mailto:")]
    [InlineData("ops@example.com,dev@example.com")]
    [InlineData("mailto:ops@example.com?subject=x")]
    [InlineData("Ops <ops@example.com>")]
    [InlineData("ops@localhost")]
    public void Takes_no_contact_that_is_not_one_mail_address(string contact) => Assert.Equal(
        [$"Tls:Acme:Contacts: found \"{contact}\", expected one mail address, such as ops@example.com\nhint: correct or remove it in Tls:Acme:Contacts"],
        Errors(("Mode", "Acme"), ("Acme:AcceptTerms", "true"), ("Acme:StoreDirectory", "/state"), ("Acme:Contacts:0", contact)));

    [Theory]
    [InlineData("http://user:secret@proxy.example:3128")]
    [InlineData("http://user:s@ecret@proxy.example:3128")]
    [InlineData("user:secret@proxy.example")]
    public void Never_shows_the_password_of_a_proxy(string proxy)
    {
        string error = Assert.Single(Errors(("Mode", "Acme"), ("Acme:AcceptTerms", "true"), ("Acme:StoreDirectory", "/state"), ("Acme:Proxy", proxy)));

        Assert.StartsWith("Tls:Acme:Proxy: found \"***@proxy.example", error, StringComparison.Ordinal);
        Assert.DoesNotContain("ecret", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Needs_names_and_a_namespace_for_Secrets() => Assert.Equal(
        [
            "Tls:Secrets:Names: is required: the name of at least one Secret of type kubernetes.io/tls\nhint: set Tls:Secrets:Names, for example to the secretName of a cert-manager Certificate",
            "Tls:Kubernetes:Namespace: is required: the namespace of the Secrets\nhint: set Tls:Kubernetes:Namespace; only in a pod it is known without",
        ],
        Errors(("Mode", "Secrets")));

    [Fact]
    public void Fills_in_what_most_need_for_ACME()
    {
        TlsSettings settings = TlsFixture.Settings(("Mode", "Acme"), ("Acme:AcceptTerms", "true"), ("Acme:StoreDirectory", "/state"), ("Acme:Contacts:0", "ops@example.com"), ("Acme:Contacts:1", "mailto:ops@example.com"), ("Acme:ExtraNames:0", "origin.example.com"));

        Assert.Equal("https://acme-v02.api.letsencrypt.org/directory", settings.Acme.Directory.OriginalString);
        Assert.Equal(["mailto:ops@example.com"], settings.Acme.Contacts);
        Assert.Equal(["http-01", "tls-alpn-01"], settings.Acme.Challenges);
        Assert.True(settings.NeedsPlainHttp);
        Assert.Equal(["a.example.com", "origin.example.com"], settings.Acme.Names(["a.example.com", "origin.example.com"]));
        Assert.False(TlsFixture.Settings(("Mode", "Acme"), ("Acme:AcceptTerms", "true"), ("Acme:StoreDirectory", "/state"), ("Acme:Challenges", "tls-alpn-01")).NeedsPlainHttp);
    }

    private static IEnumerable<string> Errors(params (string Key, string Value)[] values)
    {
        IConfigurationRoot configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(values.Select(value => new KeyValuePair<string, string?>($"Tls:{value.Key}", value.Value))).Build();
        SettingsReader tls = new SettingsReader(configuration).Section("Tls");
        TlsSettings.Read(tls).ReportFileFaults(tls);
        return tls.Errors().Select(error => error.ToString());
    }
}
