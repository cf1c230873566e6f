using IssuerGateway.Kubernetes.Documents;

namespace IssuerGateway.Tests.Kubernetes.Documents;

public sealed class ReachHintTests
{
    [Theory]
    [InlineData("", "check the route")]
    [InlineData("HTTPS_PROXY=http://proxy:3128", "check the route; HTTPS_PROXY is set and not used: API servers are reached without a proxy")]
    [InlineData("all_proxy=socks5://proxy", "check the route; all_proxy is set and not used: API servers are reached without a proxy")]
    [InlineData("KUBERNETES_SERVICE_HOST=10.96.0.1", "check the route; a NetworkPolicy for this pod must allow egress to port 16443")]
    [InlineData("KUBERNETES_SERVICE_HOST=fd00::1 https_proxy=x", "check the route; a NetworkPolicy for this pod must allow egress to port 16443; https_proxy is set and not used: API servers are reached without a proxy")]
    public void Names_what_of_the_surroundings_may_be_in_the_way(string environment, string hint)
    {
        Dictionary<string, string> variables = environment.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToDictionary(each => each.Split('=')[0], each => each.Split('=')[1]);

        Assert.Equal(hint, ReachHint.Of("check the route", "https://10.0.0.1:16443/openid/v1/jwks", mayUseProxy: false, variables.GetValueOrDefault));
    }
}
