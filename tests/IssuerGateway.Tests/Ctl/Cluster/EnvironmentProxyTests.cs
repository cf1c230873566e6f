using IssuerGateway.Ctl.Cluster.Commands;

namespace IssuerGateway.Tests.Ctl.Cluster;

/// <summary>The rules of Go's net/http for HTTPS_PROXY and NO_PROXY, row by row from the documentation of httpproxy.Config.</summary>
public sealed class EnvironmentProxyTests
{
    [Theory]
    [InlineData("https://api.example.com", "", true)]
    [InlineData("https://api.example.com", "*", false)]
    [InlineData("https://api.example.com", "example.com", false)]
    [InlineData("https://example.com", "example.com", false)]
    [InlineData("https://notexample.com", "example.com", true)]
    [InlineData("https://API.Example.com", "EXAMPLE.com", false)]
    [InlineData("https://api.example.com", ".example.com", false)]
    [InlineData("https://example.com", ".example.com", true)]
    [InlineData("https://api.example.com", "*.example.com", false)]
    [InlineData("https://api.example.com:6443", "example.com:6443", false)]
    [InlineData("https://api.example.com:6443", "example.com:443", true)]
    [InlineData("https://api.example.com", "example.com:443", false)]
    [InlineData("https://10.1.2.3:6443", "10.0.0.0/8", false)]
    [InlineData("https://11.1.2.3:6443", "10.0.0.0/8", true)]
    [InlineData("https://10.1.2.3:6443", "10.1.2.3", false)]
    [InlineData("https://10.1.2.3:6443", "10.1.2.3:6443", false)]
    [InlineData("https://10.1.2.3:6443", "10.1.2.3:443", true)]
    [InlineData("https://[fd00::1]:6443", "fd00::/8", false)]
    [InlineData("https://[fd00::1]:6443", "fd00::1", false)]
    [InlineData("https://[fd00::1]:6443", "[fd00::1]:6443", false)]
    [InlineData("https://api.example.com", " a.test , example.com,", false)]
    [InlineData("https://127.0.0.1:6443", "", false)]
    [InlineData("https://127.8.8.8:6443", "", false)]
    [InlineData("https://[::1]:6443", "", false)]
    [InlineData("https://localhost:6443", "", false)]
    public void Decides_for_each_server(string server, string exceptions, bool isUsed)
    {
        EnvironmentProxy proxy = Of(("HTTPS_PROXY", "http://proxy.test:3128"), ("NO_PROXY", exceptions));

        Assert.Equal(isUsed ? new Uri("http://proxy.test:3128") : null, proxy.GetProxy(new Uri(server)));
        Assert.Equal(!isUsed, proxy.IsBypassed(new Uri(server)));
    }

    [Theory]
    [InlineData("proxy.test:3128", "http://proxy.test:3128/")]
    [InlineData("proxy.test", "http://proxy.test/")]
    [InlineData("127.0.0.1:3128", "http://127.0.0.1:3128/")]
    [InlineData("https://proxy.test", "https://proxy.test/")]
    [InlineData("socks5://proxy.test:1080", "socks5://proxy.test:1080/")]
    public void Takes_each_form_of_a_proxy(string value, string url) => Assert.Equal(url, Of(("https_proxy", value)).GetProxy(new Uri("https://api.example.com"))?.ToString());

    [Fact]
    public void Upper_case_goes_first_and_other_variables_are_not_read()
    {
        Assert.Equal("a.test", Of(("HTTPS_PROXY", "http://a.test"), ("https_proxy", "http://b.test")).GetProxy(new Uri("https://api.example.com"))?.Host);
        Assert.Null(Of(("HTTP_PROXY", "http://a.test"), ("ALL_PROXY", "http://b.test")).GetProxy(new Uri("https://api.example.com")));
    }

    private static EnvironmentProxy Of(params (string Name, string Value)[] variables) =>
        new(name => variables.FirstOrDefault(variable => variable.Name == name).Value);
}
