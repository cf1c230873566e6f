using System.Globalization;
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

    private static string Write<T>(T value, JsonTypeInfo<T> type) => Escaped(JsonSerializer.Serialize(value, type)) + "\n";

    // The encoder leaves direction-changing and invisible characters, which may come from a cluster; they are only ever within strings.
    internal static string Escaped(string json) => string.Concat(json.Select(c => char.GetUnicodeCategory(c) == UnicodeCategory.Format ? $"\\u{(int)c:x4}" : c.ToString()));
}

[JsonSerializable(typeof(ChangePlan))]
[JsonSerializable(typeof(InspectReport))]
[JsonSerializable(typeof(VerifyReport))]
[JsonSourceGenerationOptions(UseStringEnumConverter = true)]
internal sealed partial class ClusterJsonContext : JsonSerializerContext;
