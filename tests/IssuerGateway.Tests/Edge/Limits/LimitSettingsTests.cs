using IssuerGateway.Configuration;
using IssuerGateway.Edge.Limits;

namespace IssuerGateway.Tests.Edge.Limits;

public sealed class LimitSettingsTests
{
    [Fact]
    public void Has_these_defaults()
    {
        SettingsReader reader = EdgeBuild.Reader();

        LimitSettings limits = LimitSettings.Read(reader, EdgeBuild.Roomy);

        Assert.Empty(reader.Errors());
        Assert.Equal(
            ["Edge:MaxConnections = 10000", "Edge:ClientAddress = Unknown", "Edge:MaxConnectionsPerAddress = 256", "Edge:HandshakesPerAddress:PerSecond = 50", "Edge:HandshakesPerAddress:Burst = 500"],
            reader.EffectiveLines());
        Assert.Empty(limits.TrustedSources);
    }

    [Theory]
    [InlineData(65_536, 16_384, 16_384, 10_000)]
    [InlineData(65_536, 8192, 8192, 9206)]
    [InlineData(1_024, 8192, 8192, 720)]
    [InlineData(256, 8192, 8192, 144)]
    [InlineData(70, 8192, 8192, 16)]
    [InlineData(65_536, 256, 192, 137)]
    [InlineData(65_536, 256, 64, 64)]
    [InlineData(65_536, 128, 96, 64)]
    [InlineData(65_536, 64, 48, 64)]
    [InlineData(int.MaxValue, 1 << 30, 1 << 30, 10_000)]
    public void Derives_the_connections_from_descriptors_and_memory(int descriptors, long memory, long heap, int expected) =>
        Assert.Equal(expected, LimitSettings.DefaultMaxConnections(new ProcessLimits(descriptors, memory << 20, heap << 20)));

    [Theory]
    [InlineData(256, 192, 137)]
    [InlineData(1024, 768, 1014)]
    [InlineData(1024, 256, 320)]
    [InlineData(16, 12, 64)]
    public void States_how_many_hostile_connections_fit_into_memory(long memory, long heap, int expected) =>
        Assert.Equal(expected, LimitSettings.MaxConnectionsByMemory(new ProcessLimits(1000, memory << 20, heap << 20)));

    [Theory]
    [InlineData(100, 25)]
    [InlineData(16, 4)]
    [InlineData(5000, 256)]
    public void Gives_one_address_a_quarter_at_most_by_default(int most, int perAddress) =>
        Assert.Equal(perAddress, EdgeBuild.Limits($"Edge:MaxConnections={most}").MaxConnectionsPerAddress);

    [Fact]
    public void Rejects_more_connections_than_descriptors_on_the_host_that_serves()
    {
        ProcessLimits limits = new(Descriptors: 256, MemoryBytes: 1L << 30, HeapBytes: 1L << 30);
        SettingsReader reader = EdgeBuild.Reader("Edge:MaxConnections=193");

        LimitSettings settings = LimitSettings.Read(reader, limits);
        Assert.Empty(reader.Errors());
        settings.ReportDescriptorFault(reader, limits);

        Assert.Equal(
            "Edge:MaxConnections: found 193, expected at most 192: the descriptor limit of 256 less 64 for all else\n"
            + "hint: raise the descriptor limit (LimitNOFILE= of the unit, ulimit -n) to 257, or remove Edge:MaxConnections for the default of 144",
            Assert.Single(reader.Errors()).ToString());
    }

    [Fact]
    public void Takes_as_many_connections_as_there_are_descriptors_for()
    {
        ProcessLimits limits = new(Descriptors: 256, MemoryBytes: 1L << 30, HeapBytes: 1L << 30);
        SettingsReader reader = EdgeBuild.Reader("Edge:MaxConnections=192");

        LimitSettings.Read(reader, limits).ReportDescriptorFault(reader, limits);

        Assert.Empty(reader.Errors());
    }

    [Fact]
    public void Reads_networks_and_single_addresses_as_trusted_sources()
    {
        LimitSettings limits = EdgeBuild.Limits(
            "Edge:ClientAddress=ProxyProtocol", "Edge:ProxyProtocol:TrustedSources:0=10.0.0.0/8", "Edge:ProxyProtocol:TrustedSources:1=2001:db8::/32",
            "Edge:ProxyProtocol:TrustedSources:2=192.0.2.7", "Edge:ProxyProtocol:TrustedSources:3=2001:db8::7");

        Assert.Equal(["10.0.0.0/8", "2001:db8::/32", "192.0.2.7/32", "2001:db8::7/128"], limits.TrustedSources.Select(network => network.ToString()));
    }

    [Theory]
    [InlineData("10.0.0.0/33")]
    [InlineData("load-balancer")]
    public void Rejects_what_is_no_network(string source)
    {
        SettingsReader reader = EdgeBuild.Reader("Edge:ClientAddress=ProxyProtocol", "Edge:ProxyProtocol:TrustedSources:0=0.0.0.0/0", $"Edge:ProxyProtocol:TrustedSources:1={source}");

        LimitSettings.Read(reader, EdgeBuild.Roomy);

        Assert.Equal(
            $"Edge:ProxyProtocol:TrustedSources:1: found \"{source}\", expected a network such as 10.0.0.0/8 or 2001:db8::/32\n"
            + "hint: name the networks from which the load balancer connects",
            Assert.Single(reader.Errors()).ToString());
    }

    [Fact]
    public void Rejects_the_PROXY_protocol_without_trusted_sources()
    {
        SettingsReader reader = EdgeBuild.Reader("Edge:ClientAddress=ProxyProtocol");

        LimitSettings.Read(reader, EdgeBuild.Roomy);

        Assert.Equal(
            "Edge:ProxyProtocol:TrustedSources: is required: at least one network with ClientAddress ProxyProtocol\n"
            + "hint: name the networks from which the load balancer connects, such as 10.0.0.0/8",
            Assert.Single(reader.Errors()).ToString());
    }

    [Fact]
    public void Rejects_trusted_sources_that_nothing_requests()
    {
        SettingsReader reader = EdgeBuild.Reader("Edge:ClientAddress=Direct", "Edge:ProxyProtocol:TrustedSources=10.0.0.0/8");

        LimitSettings.Read(reader, EdgeBuild.Roomy);

        Assert.Equal(
            "Edge:ClientAddress: found Direct beside ProxyProtocol:TrustedSources, expected ProxyProtocol\n"
            + "hint: set Edge:ClientAddress to ProxyProtocol, or remove Edge:ProxyProtocol:TrustedSources",
            Assert.Single(reader.Errors()).ToString());
    }

    [Theory]
    [InlineData("Limit                     Soft Limit           Hard Limit           Units     \nMax open files            1024                 524288               files     \n", 1024)]
    [InlineData("Max open files            unlimited            unlimited            files     \n", int.MaxValue)]
    [InlineData("Max open files            9999999999           9999999999           files     \n", int.MaxValue)]
    [InlineData("Max open files            many                 many                 files     \n", 1024)]
    [InlineData("", 1024)]
    public void Reads_the_soft_limit_of_descriptors(string limits, int expected) => Assert.Equal(expected, ProcessLimits.DescriptorsIn(limits));

    [Fact]
    public void Knows_the_limits_of_this_process()
    {
        ProcessLimits limits = ProcessLimits.Current();

        Assert.InRange(limits.Descriptors, 65, int.MaxValue);
        Assert.InRange(limits.MemoryBytes, 64L << 20, long.MaxValue);
    }
}
