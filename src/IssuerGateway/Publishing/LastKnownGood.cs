using System.Text.Json;
using System.Text.Json.Serialization;

namespace IssuerGateway.Publishing;

/// <summary>The last good pair of an issuer as it stands on disk, with the time of its last confirmation.</summary>
internal sealed record LastKnownGood
{
    public const int CurrentVersion = 1;

    /// <summary>RFC 9111 §1.2.2: what a cache takes for a larger number of seconds.</summary>
    private const double MaxMaxAgeSeconds = int.MaxValue;

    public required int Version { get; init; }

    public required string Issuer { get; init; }

    public required DateTimeOffset ConfirmedAt { get; init; }

    public required double? MaxAgeSeconds { get; init; }

    public required byte[] Discovery { get; init; }

    public required byte[] KeySet { get; init; }

    [JsonIgnore]
    public TimeSpan? MaxAge => MaxAgeSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>Whether the max-age is one that an API server could have sent.</summary>
    [JsonIgnore]
    public bool HasPossibleMaxAge => MaxAgeSeconds is null or (>= 0 and <= MaxMaxAgeSeconds);
}

/// <summary>The form of the file; what this version has not written is not read.</summary>
internal static class LastKnownGoodText
{
    public static byte[] Write(LastKnownGood content) => JsonSerializer.SerializeToUtf8Bytes(content, LastKnownGoodJson.Default.LastKnownGood);

    /// <summary>Null when it is not what this version writes.</summary>
    public static LastKnownGood? Read(ReadOnlySpan<byte> text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, LastKnownGoodJson.Default.LastKnownGood) is { Version: LastKnownGood.CurrentVersion, HasPossibleMaxAge: true } stored ? stored : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSerializable(typeof(LastKnownGood))]
[JsonSourceGenerationOptions(WriteIndented = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true)]
internal sealed partial class LastKnownGoodJson : JsonSerializerContext;
