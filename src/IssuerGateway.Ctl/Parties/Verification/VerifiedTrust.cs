using IssuerGateway.Ctl.Parties.Drift;

namespace IssuerGateway.Ctl.Parties.Verification;

/// <summary>A registration that was read, by file or over the party's API, and compared with what is wanted.</summary>
internal sealed record VerifiedTrust
{
    /// <summary>What was looked at, for the verdict: <c>role shop</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What the verdict rests on: <c>the exported registration</c>, or the name of the party.</summary>
    public required string Evidence { get; init; }

    public required Workload Workload { get; init; }

    /// <summary>Algorithms that the party takes (relying-party documentation); empty where the registration decides nothing.</summary>
    public required IReadOnlyList<string> Algorithms { get; init; }

    /// <summary>Keys that the party holds in place of fetching them; absent when it fetches.</summary>
    public IReadOnlyList<PinnedKey>? HeldKeys { get; init; }

    /// <summary>How <see cref="HeldKeys"/> are renewed.</summary>
    public string RenewKeys { get; init; } = "";
}
