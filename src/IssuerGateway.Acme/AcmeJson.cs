using System.Text.Json.Serialization;
using IssuerGateway.Acme.Signing;

namespace IssuerGateway.Acme;

/// <summary>
/// The objects of RFC 8555 as JSON; members that are not known are left aside (§6.1), absent ones are not sent, and what
/// is null where a value belongs is no such object.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true, Converters = [typeof(CaUrlConverter)])]
[JsonSerializable(typeof(AcmeDirectory))]
[JsonSerializable(typeof(AcmeProblemDocument))]
[JsonSerializable(typeof(AcmeAccountRequest))]
[JsonSerializable(typeof(AcmeAccount))]
[JsonSerializable(typeof(AcmeKeyChange))]
[JsonSerializable(typeof(AcmeRevocation))]
[JsonSerializable(typeof(AcmeDeactivation))]
[JsonSerializable(typeof(AcmeOrderRequest))]
[JsonSerializable(typeof(AcmeOrder))]
[JsonSerializable(typeof(AcmeFinalizeRequest))]
[JsonSerializable(typeof(AcmeAuthorization))]
[JsonSerializable(typeof(AcmeChallenge))]
[JsonSerializable(typeof(RenewalInfo))]
[JsonSerializable(typeof(JwsMessage))]
[JsonSerializable(typeof(JwsHeader))]
[JsonSerializable(typeof(Jwk))]
internal sealed partial class AcmeJson : JsonSerializerContext;
