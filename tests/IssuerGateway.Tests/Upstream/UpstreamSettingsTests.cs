using IssuerGateway.Base;
using IssuerGateway.Configuration;
using IssuerGateway.Kubernetes;
using IssuerGateway.Upstream;
using Microsoft.Extensions.Configuration;

namespace IssuerGateway.Tests.Upstream;

public sealed class UpstreamSettingsTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public void Without_a_kind_it_is_the_cluster_that_the_gateway_runs_in() => Assert.Equal(new InClusterUpstream(null), Accept());

    [Fact]
    public void Reads_a_kubeconfig() => Assert.Equal(
        new KubeconfigUpstream("/nowhere/kubeconfig", "prod"),
        Accept("Kind=kubeconfig", "KubeconfigFile=/nowhere/kubeconfig", "Context=prod"));

    [Fact]
    public void Reads_servers_with_a_token_file()
    {
        ExplicitUpstream settings = Assert.IsType<ExplicitUpstream>(Accept(
            "Kind=Explicit", "Servers:0=https://10.0.0.1:6443", "Servers:1=https://10.0.0.2:6443", "CaFile=/ca", "TokenFile=/token", "ServerName=kubernetes"));

        Assert.Equal([new Uri("https://10.0.0.1:6443"), new Uri("https://10.0.0.2:6443")], settings.Servers);
        Assert.Equal(("/ca", "/token", "kubernetes"), (settings.TrustFile, settings.TokenFile, settings.ServerName));
        Assert.Null(settings.ClientCertificateFiles);
    }

    [Fact]
    public void Reads_servers_with_a_client_certificate()
    {
        ExplicitUpstream settings = Assert.IsType<ExplicitUpstream>(Accept(
            "Kind=Explicit", "Servers:0=https://10.0.0.1:6443", "CaFile=/ca", "ClientCertificateFile=/crt", "ClientKeyFile=/key"));

        Assert.Equal(("/crt", "/key"), settings.ClientCertificateFiles);
    }

    [Fact]
    public void Reads_a_directory_and_public_keys()
    {
        Assert.Equal(new DirectoryUpstream("/srv/documents"), Accept("Kind=Directory", "Directory=/srv/documents"));
        Assert.Equal(["/a.pub", "/b.pub"], Assert.IsType<PublicKeysUpstream>(Accept("Kind=PublicKeys", "PublicKeyFiles:0=/a.pub", "PublicKeyFiles:1=/b.pub")).Files);
    }

    [Theory]
    [InlineData("Kind=Proxy", "Kind", "\"Proxy\"", "one of InCluster, Kubeconfig, Explicit, Directory, PublicKeys", "remove Kind for the default of InCluster")]
    [InlineData("CaFile=/ca", "CaFile", "does not apply to Kind InCluster", "", "remove CaFile, or set Kind to Explicit")]
    [InlineData("Kind=Directory;Directory=/d;Servers:0=https://a", "Servers", "does not apply to Kind Directory", "", "remove Servers, or set Kind to Explicit")]
    [InlineData("Kind=Directory", "Directory", "nothing", "the path of a directory", "set Directory to the directory that issuer-gateway export writes")]
    [InlineData("Kind=PublicKeys", "PublicKeyFiles", "nothing", "at least one PEM file with public keys", "set PublicKeyFiles:0 to a file such as /etc/kubernetes/pki/sa.pub")]
    [InlineData("Kind=Kubeconfig", "KubeconfigFile", "nothing", "the path of a kubeconfig", "set KubeconfigFile to a kubeconfig that holds a token or a client certificate")]
    [InlineData("Kind=Explicit;CaFile=/ca;TokenFile=/t", "Servers", "nothing", "1 to 32 API servers",
        "list the API servers in Servers:0, :1, …, each an address such as https://10.0.0.1:6443")]
    [InlineData("Kind=Explicit;Servers:0=https://a;TokenFile=/t", "CaFile", "nothing", "the path of the cluster's CA certificate",
        "set CaFile; on a control plane node it is /etc/kubernetes/pki/ca.crt")]
    [InlineData("Kind=Explicit;Servers:0=http://a;CaFile=/ca;TokenFile=/t", "Servers:0", "\"http://a\"", "an address such as https://10.0.0.1:6443",
        "use https; the API server's response decides which tokens are believed")]
    [InlineData("Kind=Explicit;Servers:0=https://a;Servers:1=https://A:443/;CaFile=/ca;TokenFile=/t", "Servers:1", "\"https://A:443/\"", "a server that is not listed yet", "remove Servers:1")]
    [InlineData("Kind=Explicit;Servers:0=https://a;CaFile=/ca", "TokenFile", "nothing", "a token file or a client certificate",
        "set either TokenFile, or ClientCertificateFile and ClientKeyFile")]
    [InlineData("Kind=Explicit;Servers:0=https://a;CaFile=/ca;ClientKeyFile=/k", "ClientCertificateFile", "nothing", "a path, because ClientKeyFile is set",
        "set either TokenFile, or ClientCertificateFile and ClientKeyFile")]
    [InlineData("Kind=Explicit;Servers:0=https://a;CaFile=/ca;ClientCertificateFile=/c", "ClientKeyFile", "nothing", "a path, because ClientCertificateFile is set",
        "set either TokenFile, or ClientCertificateFile and ClientKeyFile")]
    [InlineData("Kind=Explicit;Servers:0=https://a;CaFile=/ca;TokenFile=/t;ClientCertificateFile=/c;ClientKeyFile=/k", "TokenFile", "\"/t\"",
        "one kind of credential; a client certificate is given too", "set either TokenFile, or ClientCertificateFile and ClientKeyFile")]
    [InlineData("Kind=Explicit;Servers:0=https://a;CaFile=/ca;TokenFile=/t;ServerName=https://a", "ServerName", "\"https://a\"",
        "a host name or an address, as it stands in the servers' certificates", "write it without scheme, port and path")]
    public void Rejects_with_the_key_and_the_fix(string settings, string key, string found, string expected, string hint) =>
        Assert.Equal([new SettingError(key, found, expected, hint)], Errors(settings.Split(';')));

    [Fact]
    public void Names_every_fault_at_once() => Assert.Equal(
        ["Directory", "Servers:0", "Servers:1", "CaFile", "TokenFile"],
        Errors("Kind=Explicit", "Directory=/d", "Servers:0=a", "Servers:1=http://b").Select(error => error.Key));

    [Fact]
    public void A_kubeconfig_that_must_be_rejected_is_an_error_before_anything_starts()
    {
        string path = directory.File("kubeconfig");
        File.WriteAllText(path, """
            current-context: it
            contexts: [{name: it, context: {cluster: c, user: u}}]
            clusters: [{name: c, cluster: {server: "https://10.0.0.1:6443", insecure-skip-tls-verify: true, certificate-authority: ca.crt}}]
            users: [{name: u, user: {exec: {command: x}}}]
            """);

        Assert.Equal(
            [
                $"{path}: insecure-skip-tls-verify is rejected: without verification anyone on the network could hand us their own keys",
                $"{path}: exec is rejected: the gateway runs no credential plugins",
            ],
            Errors("Kind=Kubeconfig", $"KubeconfigFile={path}").Select(error => error.Found));
    }

    [Fact]
    public void A_private_key_among_the_public_keys_is_an_error_before_anything_starts()
    {
        string path = directory.File("sa.key");
        File.WriteAllText(path, "-----BEGIN RSA PRIVATE KEY-----\n");

        Assert.Equal(
            [
                new SettingError("PublicKeyFiles:1", $"{path}: holds a PRIVATE KEY block, expected public keys only", "",
                    "remove it from this machine, and give the public key: openssl pkey -in sa.key -pubout -out sa.pub"),
            ],
            Errors("Kind=PublicKeys", "PublicKeyFiles:0=/not/there/yet.pub", $"PublicKeyFiles:1={path}"));
    }

    [Fact]
    public void Every_key_is_shown_once_among_what_is_in_force()
    {
        SettingsReader reader = ReaderOf("Kind=Explicit", "Servers:0=https://a", "CaFile=/ca", "ClientCertificateFile=/c", "ClientKeyFile=/k");
        UpstreamSettings.Read(reader);

        Assert.Equal(
            ["CaFile = /ca", "ClientCertificateFile = /c", "ClientKeyFile = /k", "Kind = Explicit", "ServerName = ", "Servers:0 = https://a", "TokenFile = "],
            reader.EffectiveLines().Order(StringComparer.Ordinal));
    }

    private static UpstreamSettings Accept(params string[] settings)
    {
        SettingsReader reader = ReaderOf(settings);
        UpstreamSettings read = UpstreamSettings.Read(reader);
        Assert.Empty(reader.Errors());
        return read;
    }

    private static IReadOnlyList<SettingError> Errors(params string[] settings)
    {
        SettingsReader reader = ReaderOf(settings);
        UpstreamSettings.Read(reader);
        return reader.Errors();
    }

    private static SettingsReader ReaderOf(params string[] settings) => new(new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => setting.Split('=', 2)).Select(pair => KeyValuePair.Create(pair[0], (string?)pair[1])))
        .Build());
}
