using IssuerGateway.Configuration;
using IssuerGateway.Edge;
using IssuerGateway.Edge.Limits;
using Microsoft.Extensions.Configuration;

namespace IssuerGateway.Tests.Edge;

/// <summary>Settings of the edge as an operator gives them, each as <c>Edge:Key=value</c>.</summary>
internal static class EdgeBuild
{
    public static readonly ProcessLimits Roomy = new(Descriptors: 20_000, MemoryBytes: 16L << 30, HeapBytes: 16L << 30);

    public static EdgeSettings Settings(params IEnumerable<string> settings) => EdgeSettings.Read(Reader(settings));

    public static LimitSettings Limits(params IEnumerable<string> settings) => LimitSettings.Read(Reader(settings), Roomy);

    public static SettingsReader Reader(params IEnumerable<string> settings) => new SettingsReader(
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => setting.Split('=', 2)).Select(pair => KeyValuePair.Create(pair[0], (string?)pair[1]))).Build())
        .Section("Edge");
}
