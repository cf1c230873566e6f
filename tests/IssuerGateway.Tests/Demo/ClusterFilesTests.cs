using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Demo.StandIn;

namespace IssuerGateway.Tests.Demo;

public sealed class ClusterFilesTests : IAsyncLifetime
{
    private readonly TemporaryDirectory directory = new();
    private StandInCluster cluster = null!;
    private ClusterFiles files = null!;

    public async ValueTask InitializeAsync()
    {
        cluster = await StandInCluster.StartAsync(new() { Keys = [ServiceAccountKey.Create(SigningAlgorithm.ES256), ServiceAccountKey.Create(SigningAlgorithm.ES384)] });
        files = new ClusterFiles(cluster, directory.Path);
    }

    public async ValueTask DisposeAsync()
    {
        await cluster.DisposeAsync();
        directory.Dispose();
    }

    [Fact]
    public async Task Writes_what_a_pod_finds_mounted()
    {
        Assert.Equal(directory.Path, files.WriteServiceAccount());

        Assert.Equal(["ca.crt", "namespace", "token"], Directory.GetFiles(directory.Path).Select(Path.GetFileName).Order());
        Assert.Equal(cluster.Ca.Pem, File.ReadAllText(directory.File("ca.crt")));
        Assert.Equal("default", File.ReadAllText(directory.File("namespace")));
        Assert.StartsWith("HTTP/1.1 200 ", await RawConnection.QueryAsync(cluster, File.ReadAllText(directory.File("token"))));
    }

    [Fact]
    public async Task Writes_a_user_certificate_that_servers_accept()
    {
        (string certificateFile, string keyFile) = files.WriteUserCertificate("kubernetes-admin", "system:masters");
        using X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);

        Assert.StartsWith("HTTP/1.1 200 ", await RawConnection.QueryAsync(cluster, null, user: certificate));
    }

    [Fact]
    public void Writes_a_kubeconfig_for_each_kind_of_credential()
    {
        string withToken = File.ReadAllText(files.WriteKubeconfig("secret"));
        string withTokenFile = File.ReadAllText(files.WriteKubeconfigWithTokenFile());
        string withCertificate = File.ReadAllText(files.WriteKubeconfigWithUserCertificate("kubernetes-admin", "system:masters"));

        Assert.Contains($"    server: https://127.0.0.1:{cluster.Server.Port}\n", withToken);
        Assert.Contains("\n    token: secret\n", withToken);
        Assert.Contains($"\n    tokenFile: {directory.File("token")}\n", withTokenFile);
        Assert.Contains($"\n    client-certificate: {directory.File("user.crt")}\n    client-key: {directory.File("user.key")}\n", withCertificate);
    }

    [Fact]
    public void Writes_one_public_key_file_for_each_published_key()
    {
        Assert.Equal([directory.File("sa-0.pub"), directory.File("sa-1.pub")], files.WritePublicKeys());
        Assert.Equal(cluster.Server.Keys.Select(key => key.PublicKeyPem), files.WritePublicKeys().Select(File.ReadAllText));
    }
}
