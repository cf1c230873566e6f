using IssuerGateway.Kubernetes;

namespace IssuerGateway.Tests.Kubernetes;

public sealed class InClusterAccessTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private readonly ClusterCa ca = new();

    public InClusterAccessTests()
    {
        File.WriteAllText(directory.File("ca.crt"), ca.Pem);
        File.WriteAllText(directory.File("token"), "pod-token");
    }

    public void Dispose()
    {
        directory.Dispose();
        ca.Dispose();
    }

    [Theory]
    [InlineData("10.96.0.1", "https://10.96.0.1:443/", "kubernetes.default.svc")]
    [InlineData("fd00::1", "https://[fd00::1]/", "kubernetes.default.svc")]
    [InlineData("cluster.hcp.example.net", "https://cluster.hcp.example.net/", "cluster.hcp.example.net")]
    public void Comes_from_the_service_account(string host, string server, string name)
    {
        AccessReading reading = new InClusterAccess(directory.Path, host, "443", TimeProvider.System).Read();

        Assert.Empty(reading.Faults);
        Assert.Equal([new Uri(server)], reading.Access!.Servers);
        Assert.True(reading.Access.DiscoversServers);
        Assert.Equal(name, reading.Access.ServerName);
        Assert.Equal("pod-token", reading.Access.Token!.Read().Token);
        Assert.Single(reading.Access.Trust.Certificates);
    }

    [Fact]
    public void A_name_may_be_stated_and_the_address_of_the_service_counts_like_for_every_other_client()
    {
        Assert.Equal(["10.96.0.1"], new InClusterAccess(directory.Path, "10.96.0.1", "443", TimeProvider.System).Read().Access!.AlternativeNames);

        ApiServerAccess stated = new InClusterAccess(directory.Path, "10.96.0.1", "443", TimeProvider.System, "kube.example.net").Read().Access!;
        Assert.Equal("kube.example.net", stated.ServerName);
        Assert.Empty(stated.AlternativeNames);
    }

    [Fact]
    public void Stays_the_same_until_the_CA_changes()
    {
        InClusterAccess source = new(directory.Path, "10.96.0.1", "443", TimeProvider.System);
        ApiServerAccess first = source.Read().Access!;
        Assert.Same(first, source.Read().Access);

        using ClusterCa next = new("next");
        File.WriteAllText(directory.File("ca.crt"), ca.Pem + "\n" + next.Pem);
        ApiServerAccess second = source.Read().Access!;

        Assert.Equal(2, second.Trust.Certificates.Count);
        Assert.NotEqual(first.Fingerprint, second.Fingerprint);
    }

    [Theory]
    [InlineData(null, "443")]
    [InlineData("10.96.0.1", null)]
    [InlineData("10.96.0.1", "tcp://10.96.0.1:443")]
    public void Outside_a_pod_it_says_so(string? host, string? port)
    {
        AccessReading reading = new InClusterAccess(directory.Path, host, port, TimeProvider.System).Read();

        Assert.Null(reading.Access);
        Assert.Equal(
            new AccessFault("not-in-cluster", "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT do not name the API server",
                "run the gateway in a pod with automountServiceAccountToken, or set Upstream:Kind to Kubeconfig or Explicit"),
            Assert.Single(reading.Faults));
    }

    [Fact]
    public void A_missing_CA_is_a_fault()
    {
        File.Delete(directory.File("ca.crt"));

        AccessFault fault = Assert.Single(new InClusterAccess(directory.Path, "10.96.0.1", "443", TimeProvider.System).Read().Faults);

        Assert.Equal(("file-missing", $"{directory.File("ca.crt")}: no such file"), (fault.Code, fault.Message));
    }

    [Theory]
    [InlineData("", "no CERTIFICATE block, expected the cluster's CA")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "a CERTIFICATE block cannot be parsed")]
    public void A_CA_file_without_a_CA_is_a_fault(string content, string message)
    {
        File.WriteAllText(directory.File("ca.crt"), content);

        AccessFault fault = Assert.Single(new InClusterAccess(directory.Path, "10.96.0.1", "443", TimeProvider.System).Read().Faults);

        Assert.Equal(("trust-invalid", $"{directory.File("ca.crt")}: {message}"), (fault.Code, fault.Message));
    }
}
