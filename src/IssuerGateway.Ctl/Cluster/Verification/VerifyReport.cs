using System.Text.Json.Serialization;
using IssuerGateway.Base;

namespace IssuerGateway.Ctl.Cluster.Verification;

/// <summary>What to verify.</summary>
internal sealed record VerifyRequest
{
    public required string Issuer { get; init; }

    /// <summary>The roll that was finished, 1 to 3; null: the new issuer must sign, whether others are accepted does not matter.</summary>
    public int? AfterRoll { get; init; }

    /// <summary>The roll of the signing key that was finished, 1 to 3 for K1 to K3.</summary>
    public int? AfterKeyRoll { get; init; }

    /// <summary>A token from before the roll.</summary>
    public string? TokenBefore { get; init; }

    /// <summary>Whose short tokens are requested.</summary>
    public string Namespace { get; init; } = "default";

    public string ServiceAccount { get; init; } = "default";

    /// <summary>Where the status was fetched from, so that a Job in the cluster can fetch it too; null for a file.</summary>
    public string? GatewayAddress { get; init; }

    /// <summary>The body of the gateway's <c>/status</c>; null: not compared.</summary>
    public string? GatewayStatus { get; init; }
}

[JsonConverter(typeof(JsonStringEnumConverter<CheckOutcome>))]
internal enum CheckOutcome
{
    Passed,

    /// <summary>For a person to read; never decides.</summary>
    Information,

    /// <summary>Could not be decided: not verified, so the exit code is 1.</summary>
    Unknown,

    Failed,
}

/// <summary>One comparison at one server, or over all of them.</summary>
internal sealed record VerifyCheck(string Rule, string? Server, CheckOutcome Outcome, string Message, string? Hint = null)
{
    /// <summary>The section about it.</summary>
    public string Link => Documentation.OfClusterFinding(Rule);
}

internal sealed record VerifyReport
{
    public required string Issuer { get; init; }

    public int? AfterRoll { get; init; }

    /// <summary>The roll of the signing key that was finished; null for one of the issuer.</summary>
    public int? AfterKeyRoll { get; init; }

    /// <summary>API servers by identity Leases and mirror pods; null when neither could be read.</summary>
    public int? Counted { get; init; }

    public required int Seen { get; init; }

    public required IReadOnlyList<VerifyCheck> Checks { get; init; }

    public bool IsVerified => Checks.All(check => check.Outcome is CheckOutcome.Passed or CheckOutcome.Information);
}
