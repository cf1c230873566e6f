using System.Text.RegularExpressions;
using IssuerGateway.Base;
using IssuerGateway.Cli;
using IssuerGateway.Configuration;
using Microsoft.Extensions.Configuration;

namespace IssuerGateway.Tests.References;

/// <summary>
/// The page of the configuration has every key that the gateway reads and no other, with the range and the default that the
/// code has. What a key means, and where only a person can say what it admits, is written by hand.
/// </summary>
public sealed partial class ConfigurationPageTests
{
    private const string Page = "docs/reference/configuration.md";

    /// <summary>They follow from the machine, and the page says how.</summary>
    private static readonly string[] computed = ["Edge:MaxConnections", "Edge:MaxConnectionsPerAddress"];

    /// <summary>Together they have every kind of upstream, of certificates and of a store: each reads keys of its own.</summary>
    private static readonly string[][] configurations =
    [
        ["Tls:Certificates:0:CertificateFile=/a", "Tls:Certificates:0:KeyFile=/b", "Issuers:0:Upstream:ServerName=a"],
        ["Issuers:0:Upstream:Kind=Kubeconfig", "Issuers:0:Upstream:KubeconfigFile=/a", "Tls:Mode=SelfSigned"],
        ["Issuers:0:Upstream:Kind=Explicit", "Issuers:0:Upstream:Servers:0=https://10.0.0.1:6443", "Issuers:0:Upstream:CaFile=/a", "Issuers:0:Upstream:TokenFile=/b",
            "Tls:Mode=Acme", "Tls:Acme:AcceptTerms=true", "Tls:Acme:StoreDirectory=/c"],
        ["Issuers:0:Upstream:Kind=Explicit", "Issuers:0:Upstream:Servers:0=https://10.0.0.1:6443", "Issuers:0:Upstream:CaFile=/a", "Issuers:0:Upstream:ClientCertificateFile=/b", "Issuers:0:Upstream:ClientKeyFile=/c",
            "Tls:Mode=Acme", "Tls:Acme:AcceptTerms=true", "Tls:Acme:Store=Secrets", "Tls:Kubernetes:Namespace=a", "Tls:Kubernetes:KubeconfigFile=/d"],
        ["Issuers:0:Upstream:Kind=Directory", "Issuers:0:Upstream:Directory=/a", "Tls:Mode=Secrets", "Tls:Secrets:Names:0=a", "Tls:Kubernetes:Namespace=a", "Tls:Kubernetes:KubeconfigFile=/d"],
        ["Issuers:0:Upstream:Kind=PublicKeys", "Issuers:0:Upstream:PublicKeyFiles:0=/a", "Tls:Mode=None", "StateSecret:Prefix=a", "StateSecret:Namespace=a", "StateSecret:KubeconfigFile=/d",
            "Edge:ClientAddress=ProxyProtocol", "Edge:ProxyProtocol:TrustedSources:0=10.0.0.0/8"],
    ];

    [Fact]
    public Task Ranges_and_defaults_are_those_of_the_code()
    {
        Dictionary<string, SettingShape> shapes = Readers().SelectMany(reader => reader.Shapes).GroupBy(shape => Indexless(shape.Key)).ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
        return GeneratedPart.IsCurrentAsync(Page, page => Row().Replace(page, row =>
        {
            string key = row.Groups["key"].Value;
            if (!shapes.TryGetValue(Indexless(key), out SettingShape? shape))
            {
                return row.Value;
            }

            bool isComputed = computed.Contains(key);
            return $"| `{key}` | {row.Groups["meaning"].Value} | {(isComputed ? row.Groups["range"].Value : shape.Range)} | {(isComputed ? row.Groups["default"].Value : $"`{shape.Default}`")} |";
        }));
    }

    [Fact]
    public async Task The_page_has_every_key_that_is_read_and_no_other()
    {
        string[] read = [.. Readers().SelectMany(reader => reader.KnownKeys).Select(Indexless).Distinct().Order(StringComparer.Ordinal)];
        string[] leaves = [.. read.Where(key => !read.Any(other => other.StartsWith(key + ":", StringComparison.Ordinal)))];
        string[] documented = [.. Row().Matches(await File.ReadAllTextAsync(Repository.File(Page))).Select(row => Indexless(row.Groups["key"].Value)).Order(StringComparer.Ordinal)];

        Assert.Equal(leaves, documented);
    }

    private static IEnumerable<SettingsReader> Readers() => configurations.Select(settings =>
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("Issuers:0:Identifier", "https://oidc.example.com"), .. settings.Select(setting => KeyValuePair.Create(setting.Split('=')[0], (string?)setting.Split('=')[1]))]).Build();
        SettingsReader reader = new(configuration);
        Assert.True(GatewaySettings.Read(reader, out IReadOnlyList<SettingError> errors) is not null, string.Join('\n', errors));
        return reader;
    });

    private static string Indexless(string key) => string.Join(':', key.Split(':').Where(part => part is not ("N" or "M") && !part.All(char.IsAsciiDigit)));

    [GeneratedRegex(@"^\| `(?<key>(?:[A-Z][A-Za-z]*|N|M)(?::[A-Za-z0-9]+)*)` \| (?<meaning>[^|]+) \| (?<range>[^|]+) \| (?<default>[^|]+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
