using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing.Keys;

namespace IssuerGateway.Publishing.State;

/// <summary>Which servers publish each key since when, as it is stored beside the documents; times are of the wall clock.</summary>
/// <param name="BootId">The run of the machine in which <paramref name="SinceBoot"/> counts.</param>
/// <param name="Keys">By key, then by server.</param>
internal sealed record KeyProvenance(string Issuer, DateTimeOffset WrittenAt, string? BootId, TimeSpan SinceBoot, Dictionary<string, Dictionary<string, KeySource>> Keys)
{
    public static KeyProvenance Of(IssuerIdentifier issuer, KeyUnion union, SteadyClock clock) => new(
        issuer.Value, clock.ToWall(clock.Now), clock.BootId, clock.SinceBoot,
        union.Keys.ToDictionary(key => key.Identity, key => key.Sources.ToDictionary(source => source.Key, source => Moved(source.Value, clock.ToWall), StringComparer.Ordinal), StringComparer.Ordinal));

    /// <summary>
    /// How old what was written is. Within one run of the machine its own clock decides, which nobody sets; else the wall
    /// clock, by which what seems to come from the future is fresh.
    /// </summary>
    public TimeSpan Age(SteadyClock clock)
    {
        TimeSpan age = BootId is not null && BootId == clock.BootId && clock.SinceBoot >= SinceBoot ? clock.SinceBoot - SinceBoot : clock.ToWall(clock.Now) - WrittenAt;
        return age > TimeSpan.Zero ? age : TimeSpan.Zero;
    }

    /// <summary>The servers of one key on this process's timeline.</summary>
    /// <param name="writeInterval">How long a server that published the key may have gone on doing so after this was written.</param>
    public ImmutableSortedDictionary<string, KeySource> SourcesOf(string identity, SteadyClock clock, TimeSpan writeInterval)
    {
        TimeSpan age = Age(clock);
        return TrackedKey.Bounded((Keys.GetValueOrDefault(identity) ?? []).ToImmutableSortedDictionary(
            source => source.Key,
            source => Refreshed(Moved(source.Value, wall => Moment(wall, clock.Now, age)), clock.Now, writeInterval),
            StringComparer.Ordinal));
    }

    /// <summary>A wall time from the run that wrote this, on this process's timeline; never in its future.</summary>
    public DateTimeOffset ToSteady(DateTimeOffset wall, SteadyClock clock) => Moment(wall, clock.Now, Age(clock));

    private DateTimeOffset Moment(DateTimeOffset wall, DateTimeOffset now, TimeSpan age)
    {
        TimeSpan ago = age + (WrittenAt - wall);
        return ago <= TimeSpan.Zero ? now : now - DateTimeOffset.MinValue > ago ? now - ago : DateTimeOffset.MinValue;
    }

    private static KeySource Moved(KeySource source, Func<DateTimeOffset, DateTimeOffset> move) => source with
    {
        Since = move(source.Since),
        LastPublished = move(source.LastPublished),
        MissingSince = source.MissingSince is { } missing ? move(missing) : null,
        OmittedSince = source.OmittedSince is { } omitted ? move(omitted) : null,
    };

    // What was written is up to one interval older than what was known when the process ended.
    private static KeySource Refreshed(KeySource source, DateTimeOffset now, TimeSpan writeInterval) =>
        !source.IsCurrent ? source : source with { LastPublished = now - source.LastPublished > writeInterval ? source.LastPublished + writeInterval : now };
}

/// <summary>
/// The form of the file: a version, a digest, and the content that it is over byte for byte, so that members that this
/// version does not know change nothing.
/// </summary>
internal static class KeyProvenanceText
{
    public static byte[] Write(KeyProvenance provenance)
    {
        byte[] content = JsonSerializer.SerializeToUtf8Bytes(provenance, KeyProvenanceJson.Default.KeyProvenance);
        return [.. System.Text.Encoding.UTF8.GetBytes($"{{\"Version\":{StateFile.Version},\"Digest\":\"{DigestOf(content)}\",\"Content\":"), .. content, (byte)'}'];
    }

    /// <summary>Null when it is not what a gateway wrote for this issuer.</summary>
    public static KeyProvenance? ReadFor(IssuerIdentifier issuer, ReadOnlyMemory<byte> text)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (json.RootElement.ValueKind != JsonValueKind.Object || StateFile.VersionOf(text) != StateFile.Version
                || !json.RootElement.TryGetProperty("Digest", out JsonElement digest) || !json.RootElement.TryGetProperty("Content", out JsonElement content)
                || digest.ValueKind != JsonValueKind.String || digest.GetString() != DigestOf(System.Text.Encoding.UTF8.GetBytes(content.GetRawText())))
            {
                return null;
            }

            return content.Deserialize(KeyProvenanceJson.Default.KeyProvenance) is { } read && read.Issuer == issuer.Value && read.SinceBoot >= TimeSpan.Zero
                && read.Keys.Values.All(sources => sources?.Values.All(source => source is { Material: not null, Spelling: not null }) ?? false) ? read : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or OverflowException)
        {
            return null;
        }
    }

    private static string DigestOf(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));
}

[JsonSerializable(typeof(KeyProvenance))]
[JsonSourceGenerationOptions(RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
internal sealed partial class KeyProvenanceJson : JsonSerializerContext;
