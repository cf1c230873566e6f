using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using k8s;
using k8s.Models;

namespace IssuerGateway.Kubernetes.Objects;

/// <summary>How the kinds that the gateway reads and writes are written in JSON: KubernetesClient's models and its times (RFC 3339, six digits).</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(KubernetesJson.KubernetesDateTimeConverter)])]
[JsonSerializable(typeof(V1Secret))]
[JsonSerializable(typeof(V1Lease))]
[JsonSerializable(typeof(V1EndpointSliceList))]
[JsonSerializable(typeof(JsonElement))] // fieldsV1 of managedFields, whatever it holds
internal sealed partial class ApiObjects : JsonSerializerContext;

/// <summary>Reads what an API server returns; what it accepts can be worked with and written back.</summary>
internal static class ApiObjectText
{
    /// <exception cref="JsonException">The text is none of this kind, or of an object without its metadata.</exception>
    public static T Read<T>(ReadOnlySpan<byte> text, JsonTypeInfo<T> kind) where T : class
    {
        try
        {
            T read = JsonSerializer.Deserialize(text, kind) ?? throw new JsonException("null where an object was expected");
            return read is IMetadata<V1ObjectMeta> { Metadata: null } ? throw new JsonException("an object without metadata") : read;
        }
        catch (FormatException)
        {
            // KubernetesClient's reader of times; its message quotes them.
            throw new JsonException("a time that is not of RFC 3339");
        }
    }
}
