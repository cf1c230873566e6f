using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace IssuerGateway.Ctl.Cluster.Distributions;

/// <summary>How JSON is written for a person to read and paste.</summary>
internal static class JsonText
{
    public static JsonSerializerOptions Indented { get; } = new()
    {
        WriteIndented = true,
        IndentSize = 2,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };
}
