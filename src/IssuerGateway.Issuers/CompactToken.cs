using System.Buffers.Text;
using System.Text.Json;

namespace IssuerGateway.Issuers;

/// <summary>
/// A signed JWT cut apart without validating its signature (RFC 7515 §3.1): three base64url parts, the first two strict
/// JSON objects but for names that are there twice, of which the last counts (RFC 7519 §4). Nothing that it says is trusted
/// until somebody has verified it.
/// </summary>
public sealed record CompactToken
{
    /// <summary>Longest token that is looked at; real ones have about one kilobyte.</summary>
    public const int MaxCharacters = 64 * 1024;

    /// <summary>The second day of the year 1: RFC 7519 §2 has a number of seconds, which may be before 1970.</summary>
    private const double MinTime = -62135510400;

    /// <summary>The last day of the year 9999: a later instant leaves no room for a clock skew to be added.</summary>
    private const double MaxTime = 253402214400;

    private static readonly string[] times = ["iat", "nbf", "exp"];

    public required string? Algorithm { get; init; }

    public required string? KeyId { get; init; }

    /// <summary>Whether the header has a <c>kid</c> that is not a string; one that is null is none.</summary>
    public required bool HasOddKeyId { get; init; }

    /// <summary>The header member <c>typ</c> as text; null when absent.</summary>
    public required string? Type { get; init; }

    public required string? Issuer { get; init; }

    public required string? Subject { get; init; }

    public required IReadOnlyList<string> Audiences { get; init; }

    /// <summary>Whether <c>aud</c> is an array with nothing in it.</summary>
    public required bool HasEmptyAudiences { get; init; }

    /// <summary>Whether <c>aud</c> is there and neither a string, null being none, nor an array of strings, in which a null may be.</summary>
    public required bool HasOddAudience { get; init; }

    public required DateTimeOffset? IssuedAt { get; init; }

    public required DateTimeOffset? NotBefore { get; init; }

    public required DateTimeOffset? Expires { get; init; }

    /// <summary>Times that are there but are no instant before the year 10000, such as texts or endless numbers; one that is null is none.</summary>
    public required IReadOnlyList<string> MalformedTimes { get; init; }

    /// <summary>Those of them that are later numbers, which RFC 7519 §2 allows.</summary>
    public required IReadOnlyList<string> FarTimes { get; init; }

    /// <summary>What is wrong with each of these, for example <c>exp is a string</c>.</summary>
    public required IReadOnlyList<string> TimeFaults { get; init; }

    /// <summary>Times with a fraction of a second, which RFC 7519 §2 allows and not every party accepts.</summary>
    public required IReadOnlyList<string> FractionalTimes { get; init; }

    /// <summary>The names of all claims.</summary>
    public required IReadOnlyList<string> Claims { get; init; }

    /// <summary>The claims that are null.</summary>
    public required IReadOnlyList<string> NullClaims { get; init; }

    /// <summary>The claim <c>azp</c> as text.</summary>
    public required string? AuthorizedParty { get; init; }

    /// <summary>Whether the header has <c>crit</c> (RFC 7515 §4.1.11); one that is null is none.</summary>
    public required bool HasCritical { get; init; }

    /// <summary>The names in <c>crit</c>; null where it is no array of strings.</summary>
    public required IReadOnlyList<string>? CriticalNames { get; init; }

    /// <summary>The names that are in the header more than once. Some readers reject that, and others take the last.</summary>
    public required IReadOnlyList<string> DuplicateHeaders { get; init; }

    /// <summary>The same of the payload, at any depth.</summary>
    public required IReadOnlyList<string> DuplicateClaims { get; init; }

    /// <summary>Whether the claim is there: a reader of JSON takes null for none.</summary>
    public bool Has(string claim) => Claims.Contains(claim) && !NullClaims.Contains(claim);

    public bool HasDuplicates => DuplicateHeaders.Count + DuplicateClaims.Count > 0;

    public static CompactToken? Parse(string token)
    {
        string[] parts = token.Length > MaxCharacters ? [] : token.Split('.');
        if (parts.Length != 3 || !parts.All(part => part.Length > 0 && StrictBase64Url.IsValid(part)))
        {
            return null;
        }

        byte[] first = Base64Url.DecodeFromChars(parts[0]), second = Base64Url.DecodeFromChars(parts[1]);
        using JsonDocument? header = StrictJson.ParseObject(first, out _, takesDuplicates: true);
        using JsonDocument? payload = StrictJson.ParseObject(second, out _, takesDuplicates: true);
        return header is null || payload is null ? null : Read(header.RootElement, payload.RootElement, StrictJson.DuplicateNames(first), StrictJson.DuplicateNames(second));
    }

    /// <summary>What the value of a claim is that is no time.</summary>
    public static string TimeFault(string claim, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => $"{claim} is a string",
        JsonValueKind.Null => $"{claim} is null",
        JsonValueKind.True or JsonValueKind.False => $"{claim} is a boolean",
        JsonValueKind.Number => $"{claim} is a number out of range",
        _ => $"{claim} is an {value.ValueKind.ToString().ToLowerInvariant()}",
    };

    private static CompactToken Read(JsonElement header, JsonElement payload, IReadOnlyList<string> headersTwice, IReadOnlyList<string> claimsTwice) => new()
    {
        Algorithm = StrictJson.TextOf(header, "alg"),
        KeyId = StrictJson.TextOf(header, "kid"),
        HasOddKeyId = header.TryGetProperty("kid", out JsonElement kid) && kid.ValueKind is not (JsonValueKind.String or JsonValueKind.Null),
        Type = header.TryGetProperty("typ", out JsonElement type) ? type.ToString() : null,
        Issuer = StrictJson.TextOf(payload, "iss"),
        Subject = StrictJson.TextOf(payload, "sub"),
        Audiences = payload.TryGetProperty("aud", out JsonElement audience) ? AudiencesOf(audience) : [],
        HasEmptyAudiences = audience.ValueKind == JsonValueKind.Array && audience.GetArrayLength() == 0,
        HasOddAudience = audience.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.String or JsonValueKind.Array)
            || (audience.ValueKind == JsonValueKind.Array && audience.EnumerateArray().Any(each => each.ValueKind is not (JsonValueKind.String or JsonValueKind.Null))),
        IssuedAt = TimeOf(payload, "iat"),
        NotBefore = TimeOf(payload, "nbf"),
        Expires = TimeOf(payload, "exp"),
        MalformedTimes = [.. times.Where(claim => TimeFaultOf(payload, claim) is not null)],
        TimeFaults = [.. times.Select(claim => TimeFaultOf(payload, claim)).OfType<string>()],
        FarTimes = [.. times.Where(claim => NumberOf(payload, claim) is { } seconds && double.IsFinite(seconds) && seconds >= MaxTime)],
        FractionalTimes = [.. times.Where(claim => NumberOf(payload, claim) is { } seconds && seconds != Math.Floor(seconds))],
        Claims = [.. payload.EnumerateObject().Select(claim => claim.Name)],
        NullClaims = [.. payload.EnumerateObject().GroupBy(claim => claim.Name, StringComparer.Ordinal).Where(same => same.Last().Value.ValueKind == JsonValueKind.Null).Select(same => same.Key)],
        AuthorizedParty = StrictJson.TextOf(payload, "azp"),
        HasCritical = header.TryGetProperty("crit", out JsonElement critical) && critical.ValueKind != JsonValueKind.Null,
        CriticalNames = critical.ValueKind == JsonValueKind.Array && critical.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String) ? [.. critical.EnumerateArray().Select(name => name.GetString()!)] : null,
        DuplicateHeaders = headersTwice,
        DuplicateClaims = claimsTwice,
    };

    // RFC 7519 §4.1.3: one text or an array of them.
    private static string[] AudiencesOf(JsonElement audience) => audience.ValueKind switch
    {
        JsonValueKind.String => [audience.GetString()!],
        JsonValueKind.Array => [.. audience.EnumerateArray().Select(each => each.ToString())],
        _ => [],
    };

    private static string? TimeFaultOf(JsonElement payload, string claim) => payload.TryGetProperty(claim, out JsonElement value) && value.ValueKind != JsonValueKind.Null && TimeOf(payload, claim) is null ? TimeFault(claim, value) : null;

    // What is before the year 1 is past to everybody, as what is in it.
    private static DateTimeOffset? TimeOf(JsonElement payload, string claim) =>
        NumberOf(payload, claim) is { } seconds and < MaxTime && !double.IsInfinity(seconds) ? DateTimeOffset.UnixEpoch.AddSeconds(Math.Max(seconds, MinTime)) : null;

    private static double? NumberOf(JsonElement payload, string claim) =>
        payload.TryGetProperty(claim, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double seconds) ? seconds : null;
}
