using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Tls.Sources;

namespace IssuerGateway.Tests.Tls.Serving;

public sealed class TlsListenerTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private readonly TestCa ca = new();

    public void Dispose() => directory.Dispose();

    [Theory]
    [InlineData("a.example.test", "a.example.test")]
    [InlineData("A.Example.TEST", "a.example.test")]
    [InlineData("x.b.example.test", "*.b.example.test")]
    [InlineData("own.b.example.test", "own.b.example.test")]
    [InlineData("xn--bcher-kva.example.test", "xn--bcher-kva.example.test")]
    public async Task Serves_the_certificate_that_names_the_requested_host(string serverName, string expected)
    {
        await using TlsFixture server = await TlsFixture.StartAsync(TlsFixture.Files(
            Write("a.example.test"), Write("*.b.example.test"), Write("own.b.example.test"), Write("xn--bcher-kva.example.test")));

        Assert.Equal([expected], NamesOf((await server.HandshakeAsync(serverName))[0]));
    }

    [Theory]
    [InlineData("other.example.test")]
    [InlineData("x.y.b.example.test")]
    [InlineData("b.example.test")]
    [InlineData("")]
    public async Task Fails_the_handshake_when_no_certificate_names_the_host_and_writes_no_error(string serverName)
    {
        await using TlsFixture server = await TlsFixture.StartAsync(TlsFixture.Files(Write("a.example.test"), Write("*.b.example.test")));

        await server.AssertRejectsAsync(serverName);

        Assert.DoesNotContain(server.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal) || line.StartsWith("Warning", StringComparison.Ordinal));
    }

    // C46, RFC 6066 §3: the client learns which of its names is wrong.
    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task Sends_the_alert_unrecognized_name_for_a_name_without_a_certificate(string version)
    {
        await using TlsFixture server = await TlsFixture.StartAsync(TlsFixture.Files(Write("a.example.test")));

        string output = await server.OpenSslAsync("Q\n", version, "-servername", "other.example.test");

        Assert.Contains("unrecognized name", output, StringComparison.Ordinal);
    }

    // C46, RFC 8446 §6.1: an end without it could be a truncation.
    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task Ends_a_connection_with_close_notify(string version)
    {
        await using TlsFixture server = await TlsFixture.StartAsync(TlsFixture.Files(Write("a.example.test")));

        string output = await server.OpenSslAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", version, "-ign_eof", "-msg", "-servername", "a.example.test");

        Assert.Matches("<<< [^\n]*Alert[^\n]*close_notify", output);
    }

    [Fact]
    public async Task Serves_the_only_certificate_to_a_handshake_without_a_name()
    {
        await using TlsFixture server = await TlsFixture.StartAsync(TlsFixture.Files(Write("a.example.test")));

        Assert.Equal(["a.example.test"], NamesOf((await server.HandshakeAsync(""))[0]));
    }

    [Fact]
    public async Task Sends_the_complete_chain_of_the_file()
    {
        await using TlsFixture server = await TlsFixture.StartAsync(TlsFixture.Files(Write("a.example.test")));

        IReadOnlyList<X509Certificate2> sent = await server.HandshakeAsync("a.example.test");

        Assert.Equal(["", "CN=Test Intermediate"], sent.Select(certificate => certificate.Subject));
    }

    [Fact]
    public async Task Sends_a_cross_signed_root_of_the_file_too()
    {
        X509Certificate2 cross = new TestCa("Old").CrossSignRootOf(ca);
        (string certificate, string key) = Write("a.example.test");
        File.AppendAllText(certificate, cross.ExportCertificatePem());
        await using TlsFixture server = await TlsFixture.StartAsync(TlsFixture.Files((certificate, key)));

        IReadOnlyList<X509Certificate2> sent = await server.HandshakeAsync("a.example.test");

        Assert.Equal(["", "CN=Test Intermediate", "CN=Test Root"], sent.Select(each => each.Subject));
        Assert.Equal("CN=Old Root", sent[2].Issuer);
    }

    [Fact]
    public async Task Keeps_connections_open_while_the_certificate_is_swapped()
    {
        (string certificate, string key) = Write("a.example.test");
        await using TlsFixture server = await TlsFixture.StartAsync(TlsFixture.Files((certificate, key)));
        (SslStream before, IReadOnlyList<X509Certificate2> old) = await server.ConnectAsync("a.example.test");
        await using SslStream closing = before;
        Assert.Equal("HTTP/1.1 200 OK", await TlsFixture.QueryAsync(before));

        Write("a.example.test");
        server.Service<CertificateFilesService>().Poll();

        IReadOnlyList<X509Certificate2> fresh = await server.HandshakeAsync("a.example.test");
        Assert.NotEqual(old[0].Thumbprint, fresh[0].Thumbprint);
        Assert.Equal("HTTP/1.1 200 OK", await TlsFixture.QueryAsync(before));
    }

    [Theory]
    [InlineData("h2")]
    [InlineData("http/1.1")]
    public async Task Negotiates(string protocol)
    {
        await using TlsFixture server = await TlsFixture.StartAsync(TlsFixture.Files(Write("a.example.test")));

        (SslStream stream, IReadOnlyList<X509Certificate2> _) = await server.ConnectAsync("a.example.test", new SslApplicationProtocol(protocol));

        await using SslStream closing = stream;
        Assert.Equal(protocol, stream.NegotiatedApplicationProtocol.ToString());
        Assert.Equal(SslProtocols.Tls13, stream.SslProtocol);
    }

    [Theory]
    [InlineData("-tls1_2", "ECDHE-ECDSA-AES128-GCM-SHA256")]
    [InlineData("-tls1_2", "ECDHE-ECDSA-AES256-GCM-SHA384")]
    [InlineData("-tls1_2", "ECDHE-ECDSA-CHACHA20-POLY1305")]
    [InlineData("-tls1_3", "TLS_AES_128_GCM_SHA256")]
    public async Task Accepts_AEAD_suites(string version, string suite)
    {
        await using TlsFixture server = await TlsFixture.StartAsync(TlsFixture.Files(Write("a.example.test")));

        string output = await server.OpenSslAsync("Q\n", version, version == "-tls1_2" ? "-cipher" : "-ciphersuites", suite);

        Assert.Contains($"Cipher is {suite}", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-tls1_2", "ECDHE-ECDSA-AES128-SHA@SECLEVEL=0")]
    [InlineData("-tls1_2", "ECDHE-ECDSA-AES128-SHA256@SECLEVEL=0")]
    [InlineData("-tls1_2", "ECDHE-ECDSA-AES256-SHA384@SECLEVEL=0")]
    [InlineData("-tls1_2", "ECDHE-ECDSA-AES128-CCM@SECLEVEL=0")]
    [InlineData("-tls1_1", "ALL@SECLEVEL=0")]
    [InlineData("-tls1", "ALL@SECLEVEL=0")]
    public async Task Rejects_other_suites_and_older_versions(string version, string suites)
    {
        await using TlsFixture server = await TlsFixture.StartAsync(TlsFixture.Files(Write("a.example.test")));

        string output = await server.OpenSslAsync("Q\n", version, "-cipher", suites);

        Assert.Contains("Cipher is (NONE)", output, StringComparison.Ordinal);
        Assert.Matches("SSL alert number (40|70)", output);
    }

    [Theory]
    [InlineData("X25519", "X25519")]
    [InlineData("P-256", "ECDH, prime256v1")]
    [InlineData("P-384", "ECDH, secp384r1")]
    [InlineData("P-521", "ECDH, secp521r1")]
    [InlineData("X448:P-256", "ECDH, prime256v1")]
    public async Task Accepts_keys_on_curves(string groups, string expected)
    {
        await using TlsFixture server = await TlsFixture.StartAsync(TlsFixture.Files(Write("a.example.test")));

        string output = await server.OpenSslAsync("Q\n", "-groups", groups);

        Assert.Contains($" Temp Key: {expected}, ", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ffdhe2048")]
    [InlineData("ffdhe8192")]
    [InlineData("X448")]
    public async Task Rejects_keys_that_cost_it_more_than_the_client(string group)
    {
        // D(HE)at, CVE-2002-20001.
        await using TlsFixture server = await TlsFixture.StartAsync(TlsFixture.Files(Write("a.example.test")));

        string output = await server.OpenSslAsync("Q\n", "-groups", group);

        Assert.Contains("Cipher is (NONE)", output, StringComparison.Ordinal);
        Assert.Contains("SSL alert number 40", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task Resumes_sessions(string version)
    {
        await using TlsFixture server = await TlsFixture.StartAsync(TlsFixture.Files(Write("a.example.test")));
        string session = directory.File("session");
        const string request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

        // A whole request, because the tickets of TLS 1.3 come with the first response.
        await server.OpenSslAsync(request, version, "-ign_eof", "-servername", "a.example.test", "-sess_out", session);
        string output = await server.OpenSslAsync(request, version, "-ign_eof", "-servername", "a.example.test", "-sess_in", session);

        Assert.Contains("Reused, ", output, StringComparison.Ordinal);
    }

    private (string Certificate, string Key) Write(string name)
    {
        string certificate = directory.File($"{name.Replace('*', '_')}.crt");
        string key = directory.File($"{name.Replace('*', '_')}.key");
        (string chain, string keyPem) = ca.Issue(name);
        File.WriteAllText(certificate, chain);
        File.WriteAllText(key, keyPem);
        return (certificate, key);
    }

    internal static IEnumerable<string> NamesOf(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(extension => extension.EnumerateDnsNames());
}
