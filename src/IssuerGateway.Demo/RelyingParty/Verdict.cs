namespace IssuerGateway.Demo.RelyingParty;

/// <summary>Whether a token would be taken, and if not, every reason of the first stage that found one.</summary>
/// <param name="KeyId">The kid that the token names.</param>
internal sealed record Verdict(string? KeyId, IReadOnlyList<string> Reasons)
{
    public bool IsAccepted => Reasons.Count == 0;

    public override string ToString() => IsAccepted ? "accepted" : $"rejected: {string.Join("; ", Reasons)}";
}
