using System.Text.Json.Serialization;
using IssuerGateway.Publishing;

namespace IssuerGateway.Cli;

/// <summary>What <c>/status</c> of the operations listener answers and the command line reads; grows, never changes meaning.</summary>
internal sealed record StatusDocument
{
    public required string Version { get; init; }

    public required bool IsDraining { get; init; }

    public required IReadOnlyList<IssuerStatus> Issuers { get; init; }
}

[JsonSerializable(typeof(StatusDocument))]
[JsonSerializable(typeof(RenewalOutcome))]
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class StatusJson : JsonSerializerContext;
