using System.Text.Json.Serialization;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing;

namespace IssuerGateway.Cli;

/// <summary>What <c>/status</c> of the operations listener answers and the command line reads; grows, never changes meaning.</summary>
internal sealed record StatusDocument
{
    public required string Version { get; init; }

    public required bool IsDraining { get; init; }

    public required IReadOnlyList<IssuerStatus> Issuers { get; init; }

    /// <summary>How the API servers answer their probe and the last fetch.</summary>
    public required IReadOnlyList<ServerHealthStatus> Servers { get; init; }

    /// <summary>What the check of the own public URLs found last; empty unless <c>OutsideIn:Interval</c> is set.</summary>
    public required IReadOnlyList<OutsideInStatus> SeenFromOutside { get; init; }
}

internal sealed record OutsideInStatus(string Issuer, DateTimeOffset At, IReadOnlyList<FindingStatus> Findings);

/// <summary>Health of one API server as YARP keeps it: <c>unknown</c>, <c>healthy</c> or <c>unhealthy</c>.</summary>
internal sealed record ServerHealthStatus(string Issuer, string Server, string Readyz, string Fetch);

[JsonSerializable(typeof(StatusDocument))]
[JsonSerializable(typeof(RenewalOutcome))]
[JsonSourceGenerationOptions(WriteIndented = true, RespectRequiredConstructorParameters = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class StatusJson : JsonSerializerContext;
