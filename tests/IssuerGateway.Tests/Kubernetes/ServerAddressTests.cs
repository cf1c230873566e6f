using IssuerGateway.Kubernetes;

namespace IssuerGateway.Tests.Kubernetes;

public sealed class ServerAddressTests
{
    [Theory]
    [InlineData("https://10.0.0.1:6443", "https://10.0.0.1:6443")]
    [InlineData("https://10.0.0.1:6443/", "https://10.0.0.1:6443")]
    [InlineData("https://kube.example.com", "https://kube.example.com:443")]
    [InlineData("https://KUBE.example.com:6443", "https://kube.example.com:6443")]
    [InlineData("https://[2001:db8::1]:6443", "https://[2001:db8::1]:6443")]
    public void Takes_scheme_host_and_port(string text, string shown)
    {
        Assert.True(ServerAddress.TryParse(text, out Uri address, out _));
        Assert.Equal(shown, ServerAddress.Show(address));
    }

    [Theory]
    [InlineData("http://10.0.0.1:6443", "\"http://10.0.0.1:6443\"")]
    [InlineData("https://user:secret@10.0.0.1", "\"…@10.0.0.1\"")]
    [InlineData("https://user:secret@with@10.0.0.1", "\"…@10.0.0.1\"")]
    public void Quotes_no_credentials(string text, string quoted) => Assert.Equal(quoted, ServerAddress.Quote(text));

    [Theory]
    [InlineData("10.0.0.1:6443", "write the scheme, the host and the port: https://host:6443")]
    [InlineData("", "write the scheme, the host and the port: https://host:6443")]
    [InlineData("https://", "write the scheme, the host and the port: https://host:6443")]
    [InlineData("http://10.0.0.1:6443", "use https; the API server's response decides which tokens are believed")]
    [InlineData("https://user:secret@10.0.0.1", "remove the user name and password; credentials are a token file or a client certificate")]
    [InlineData("https://10.0.0.1/?a=b", "remove the query and the fragment")]
    [InlineData("https://10.0.0.1/#a", "remove the query and the fragment")]
    [InlineData("https://rancher.example.com/k8s/clusters/c-1", "remove the path; the API server itself must be reached, not a proxy that serves it under a prefix")]
    [InlineData("https://10.0.0.1:0", "give a port from 1 to 65535")]
    public void Rejects_everything_else_with_the_fix(string text, string expected)
    {
        Assert.False(ServerAddress.TryParse(text, out _, out string hint));
        Assert.Equal(expected, hint);
    }
}
