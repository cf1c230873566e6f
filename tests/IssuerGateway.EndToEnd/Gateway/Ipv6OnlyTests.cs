using System.Text;
using IssuerGateway.EndToEnd.Kit;
using IssuerGateway.Tests;
using IssuerGateway.Tests.Tls;

namespace IssuerGateway.EndToEnd.Gateway;

/// <summary>A pod, its API servers and a relying party where no address of IPv4 exists, loopback included (tests/tools/ipv6-only.sh).</summary>
public sealed class Ipv6OnlyTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("issuer-gateway-ipv6-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Everything_works_in_a_cluster_without_IPv4()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            TestContext.Current.TestOutputHelper?.WriteLine("not run: namespaces need root");
            return;
        }

        await WriteAsync("documents/.well-known/openid-configuration", Recorded.Body("discovery-default-jwks-uri"));
        await WriteAsync("documents/openid/v1/jwks", Recorded.Body("jwks-one-rsa"));
        await WriteAsync("slices.json", Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Recorded.Body("objects/endpointslices-list-200"))
            .Replace("\"IPv4\"", "\"IPv6\"", StringComparison.Ordinal).Replace("192.0.2.10", "fd00::a", StringComparison.Ordinal).Replace("192.0.2.11", "fd00::b", StringComparison.Ordinal).Replace("192.0.2.12", "fd00::dead", StringComparison.Ordinal)));
        TestCa ca = new();
        (string chain, string key) = ca.Issue("kubernetes.default.svc");
        IssuerGateway.EndToEnd.Secrets.SecretsOfTheRun.RegisterKey("the key of an API server", key);
        await WriteAsync("tls.crt", Encoding.ASCII.GetBytes(chain));
        await WriteAsync("tls.key", Encoding.ASCII.GetBytes(key));
        await WriteAsync("ca.crt", Encoding.ASCII.GetBytes(ca.Root.ExportCertificatePem()));

        Command run = Command.Run("timeout", "90", Path.Combine(KitFolder.Root, "tests", "tools", "ipv6-only.sh"), folder, GatewayBinary.Path);

        Assert.True(run.ExitCode == 0, $"{run.Transcript}{(File.Exists(Path.Combine(folder, "log")) ? Read("log") : "")}");
        Assert.Equal("", Read("ipv4"));
        Assert.Equal("200 fd00::c", Read("response"));
        Assert.Equal(Encoding.UTF8.GetString(Recorded.Body("jwks-one-rsa")), Read("jwks"));
        Assert.Equal("200", Read("by-address"));

        // Both servers by their own addresses, found by the service's; not the one that is not ready.
        Assert.Equal(["fd00::1 /apis", "fd00::a /.well-known", "fd00::a /openid", "fd00::b /.well-known", "fd00::b /openid"],
            Read("requests").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => string.Join('/', line.Split('/')[..2])).Distinct().Order(StringComparer.Ordinal));
        Assert.Contains("https://[fd00::a]:6443", Read("status"), StringComparison.Ordinal);
        Assert.DoesNotContain("exit", Read("healthcheck"), StringComparison.Ordinal);
        Assert.Contains("F5FYFiZjrNXR5MtJoHMaJPF8RmXF8yovARSLlOHYc2o", Read("keys"), StringComparison.Ordinal);
        Assert.Contains("Result: no problems found", Read("check"), StringComparison.Ordinal);
        Assert.Equal(Read("jwks"), Read("exported/issuer.example.test/openid/v1/jwks"));
        Assert.Equal("exit 0\n", Read("end"));
    }

    private string Read(string name) => File.ReadAllText(Path.Combine(folder, name));

    private async Task WriteAsync(string name, byte[] content)
    {
        string path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllBytesAsync(path, content);
    }
}
