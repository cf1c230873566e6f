using IssuerGateway.Settings;
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
            "Tls:Certificates:0:KeyFile: found nothing, expected a PEM file with the key of the leaf\nhint: set Tls:Certificates:0:KeyFile, for example to tls.key",
            "Tls:Certificates:1:CertificateFile: found nothing, expected a PEM file with the complete chain, leaf first\nhint: set Tls:Certificates:1:CertificateFile, for example to tls.crt",
        ],
        Errors(("Mode", "Fils"), ("Certificates:0:CertificateFile", "a"), ("Certificates:1:KeyFile", "b")));

    [Fact]
    public void Asks_for_a_pair_when_nothing_is_set() => Assert.Equal(
        [
            "Tls:Certificates: found nothing, expected at least one certificate file and its key file\nhint: set Tls:Certificates:0:CertificateFile and Tls:Certificates:0:KeyFile, or Tls:Mode to Acme, Secrets, SelfSigned or (behind a proxy that ends TLS) None",
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
                $"Tls:Certificates:0: found no PRIVATE KEY block, expected a PEM certificate chain, leaf first, and the PEM key of its leaf\nhint: correct {directory.File("a.crt")} or {directory.File("a.key")}",
                $"Tls:Certificates:1: found Could not find file '{missing}'., expected a PEM certificate chain, leaf first, and the PEM key of its leaf\nhint: correct {missing} or {directory.File("a.key")}",
            ],
            Errors(
                ("Certificates:0:CertificateFile", directory.File("a.crt")), ("Certificates:0:KeyFile", directory.File("a.key")),
                ("Certificates:1:CertificateFile", missing), ("Certificates:1:KeyFile", directory.File("a.key"))));
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
