using IssuerGateway.Issuers;

namespace IssuerGateway.Publishing.Keys;

/// <summary>One server as a publisher of one key; times are of the <see cref="SteadyClock"/>.</summary>
/// <param name="Since">The first response that had the key.</param>
/// <param name="LastPublished">The last response that had it.</param>
/// <param name="MissingSince">The first successful refresh after that which the server did not confirm, by silence or by omission.</param>
/// <param name="OmittedSince">The first response after that without the key.</param>
/// <param name="Material">Fingerprint of the key itself.</param>
/// <param name="Spelling">Fingerprint of its bytes.</param>
internal sealed record KeySource(
    DateTimeOffset Since, DateTimeOffset LastPublished, DateTimeOffset? MissingSince, DateTimeOffset? OmittedSince, string Material, string Spelling)
{
    public bool IsCurrent => MissingSince is null;

    public static KeySource New(SigningKey key, DateTimeOffset now) => new(now, now, null, null, key.Material, key.Spelling);

    public KeySource Published(SigningKey key, DateTimeOffset now) =>
        this with { LastPublished = now, MissingSince = null, OmittedSince = null, Material = key.Material, Spelling = key.Spelling };

    public KeySource Omitted(DateTimeOffset now) => this with { MissingSince = MissingSince ?? now, OmittedSince = OmittedSince ?? now };

    public KeySource Unresponsive(DateTimeOffset now) => this with { MissingSince = MissingSince ?? now };

    public bool IsReleased(KeyRetention retention, bool hasResponded, DateTimeOffset now) =>
        (hasResponded && OmittedSince is { } omitted && now - omitted >= retention.AfterOmission)
        || (MissingSince is { } missing && now - LastPublished >= retention.AfterLastPublished && now - missing >= retention.Settling);

    /// <summary>What two replicas know of one server, or a replica and its own earlier run: first seen earliest, last seen latest.</summary>
    public KeySource Merge(KeySource other)
    {
        KeySource later = (other.LastPublished, other.OmittedSince ?? DateTimeOffset.MinValue, other.MissingSince ?? DateTimeOffset.MinValue, other.Spelling).CompareTo(
            (LastPublished, OmittedSince ?? DateTimeOffset.MinValue, MissingSince ?? DateTimeOffset.MinValue, Spelling)) > 0 ? other : this;
        return later with { Since = Since < other.Since ? Since : other.Since };
    }
}
