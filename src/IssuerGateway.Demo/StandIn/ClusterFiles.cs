using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace IssuerGateway.Demo.StandIn;

/// <summary>Writes into one directory what a gateway needs to reach the cluster; each method returns the path that it wrote.</summary>
internal sealed class ClusterFiles(StandInCluster cluster, string directory)
{
    public string WriteCa() => Write("ca.crt", cluster.Ca.Pem);

    /// <summary>A fresh token of the gateway's ServiceAccount, in the place of the last one, as the kubelet does at 80 % of its lifetime.</summary>
    public string WriteToken(TimeSpan? lifetime = null) => Write("token", cluster.Server.Mint(cluster.Gateway, lifetime: lifetime).Text);

    public string WriteToken(string token) => Write("token", token);

    /// <summary>The three files of <c>/var/run/secrets/kubernetes.io/serviceaccount</c>; returns the directory.</summary>
    public string WriteServiceAccount()
    {
        WriteCa();
        WriteToken();
        Write("namespace", cluster.Gateway.Namespace);
        return directory;
    }

    /// <summary>A client certificate that the API servers take for this user, and its key.</summary>
    public (string CertificateFile, string KeyFile) WriteUserCertificate(string user, string? group = null)
    {
        using X509Certificate2 certificate = cluster.Ca.IssueUserCertificate(user, group);
        return (Write("user.crt", certificate.ExportCertificatePem()), Write("user.key", certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()));
    }

    /// <summary>A kubeconfig with one context, "stand-in", whose user has the token (default: one of the gateway's ServiceAccount).</summary>
    public string WriteKubeconfig(string? token = null) => WriteKubeconfigFor($"token: {token ?? cluster.Server.Mint(cluster.Gateway).Text}");

    public string WriteKubeconfigWithTokenFile() => WriteKubeconfigFor($"tokenFile: {WriteToken()}");

    public string WriteKubeconfigWithUserCertificate(string user, string? group = null)
    {
        (string certificate, string key) = WriteUserCertificate(user, group);
        return WriteKubeconfigFor($"client-certificate: {certificate}\n    client-key: {key}");
    }

    /// <summary>One sa-N.pub for each key that the first server publishes.</summary>
    public IReadOnlyList<string> WritePublicKeys() =>
        [.. cluster.Server.Keys.Select((key, index) => Write(string.Create(CultureInfo.InvariantCulture, $"sa-{index}.pub"), key.PublicKeyPem))];

    private string WriteKubeconfigFor(string credential) => Write("kubeconfig", $"""
        apiVersion: v1
        kind: Config
        clusters:
        - name: stand-in
          cluster:
            server: https://127.0.0.1:{cluster.Server.Port}
            certificate-authority-data: {Convert.ToBase64String(Encoding.ASCII.GetBytes(cluster.Ca.Pem))}
        users:
        - name: gateway
          user:
            {credential}
        contexts:
        - name: stand-in
          context:
            cluster: stand-in
            user: gateway
        current-context: stand-in

        """);

    private string Write(string name, string content)
    {
        string path = Path.Combine(directory, name);
        File.WriteAllText(path, content);
        return path;
    }
}
