using System.Reflection;
using System.Text.RegularExpressions;
using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Documents;

namespace IssuerGateway.Tests.Upstream;

public sealed partial class FaultCodeTests
{
    [Fact]
    public void The_list_holds_every_code_once_in_kebab_case()
    {
        string[] declared =
        [
            .. new[] { typeof(FaultCode), typeof(AccessFaultCode) }
                .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral))
                .Select(field => (string)field.GetRawConstantValue()!)
                .Distinct(),
        ];

        Assert.Equal(declared.Order(StringComparer.Ordinal), FaultCode.All.Order(StringComparer.Ordinal));
        Assert.All(declared, code => Assert.Matches(KebabCase(), code));
    }

    [GeneratedRegex("^[a-z0-9]+(-[a-z0-9]+)*$")]
    private static partial Regex KebabCase();
}
