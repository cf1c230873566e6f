using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using IssuerGateway.Ctl.Cluster.Planning;
using IssuerGateway.Ctl.Cluster.Verification;

namespace IssuerGateway.Ctl.Cluster.Reports;

/// <summary>The JSON of the three verbs; members are added, never renamed.</summary>
internal static class ClusterJson
{
    /// <summary>Also what docs/reference/cluster-*.schema.json are made of.</summary>
    public static ClusterJsonContext Context { get; } = new(new JsonSerializerOptions
    {
        WriteIndented = true,
        NewLine = "\n",
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    public static string Write(ChangePlan plan) => Write(plan, Context.ChangePlan);

    public static string Write(InspectReport report) => Write(report, Context.InspectReport);

    public static string Write(VerifyReport report) => Write(report, Context.VerifyReport);

    private static string Write<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.Serialize(value, type) + "\n";
}

[JsonSerializable(typeof(ChangePlan))]
[JsonSerializable(typeof(InspectReport))]
[JsonSerializable(typeof(VerifyReport))]
[JsonSourceGenerationOptions(UseStringEnumConverter = true)]
internal sealed partial class ClusterJsonContext : JsonSerializerContext;
