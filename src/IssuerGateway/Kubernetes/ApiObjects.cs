using System.Text.Json;
using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace IssuerGateway.Kubernetes;

/// <summary>How the kinds that the gateway reads and writes stand in JSON: KubernetesClient's models and its times (RFC 3339, six digits).</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(KubernetesJson.KubernetesDateTimeConverter)])]
[JsonSerializable(typeof(V1Secret))]
[JsonSerializable(typeof(V1Lease))]
[JsonSerializable(typeof(V1EndpointSliceList))]
[JsonSerializable(typeof(JsonElement))] // fieldsV1 of managedFields, whatever it holds
internal sealed partial class ApiObjects : JsonSerializerContext;
