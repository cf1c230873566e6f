using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace IssuerGateway.Issuers;

/// <summary>One JWK (RFC 7517 §4) of a set: what the rules need of it, and its bytes as received.</summary>
public sealed record SigningKey
{
    public required ReadOnlyMemory<byte> Member { get; init; }

    /// <summary>Fingerprint of the key itself, whatever is said about it (<see cref="KeyMaterial"/>).</summary>
    public required string Material { get; init; }

    public required string? KeyId { get; init; }

    public required string? KeyType { get; init; }

    public required string? Algorithm { get; init; }

    public required string? Use { get; init; }

    /// <summary>The size of an RSA modulus in bits; null for other types.</summary>
    public required int? RsaBits { get; init; }

    /// <summary>Whether the modulus of an RSA key starts with a zero byte, which RFC 7518 §6.3.1.1 does not allow.</summary>
    public required bool HasLeadingZero { get; init; }

    /// <summary>What its type requires and it lacks or spells wrongly (RFC 7518 §6.2.1, §6.3.1); empty when well-formed.</summary>
    public required IReadOnlyList<string> MissingMembers { get; init; }

    /// <summary>
    /// Registered members (RFC 7517 §4) of another JSON type than theirs, and names that another member has in other letter case:
    /// some relying parties reject the whole set over one, others read the wrong one.
    /// </summary>
    public required IReadOnlyList<string> OddMembers { get; init; }

    /// <summary>Names of private or symmetric members, at any depth; never their values.</summary>
    public required IReadOnlyList<string> PrivateMembers { get; init; }

    /// <summary>What distinguishes keys across servers: the kid, and for a key without one the hash of its bytes.</summary>
    public string Identity => KeyId ?? $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Member.Span))}";

    /// <summary>Fingerprint of its bytes.</summary>
    public required string Spelling { get; init; }

    public bool IsKnownType => KeyType is "RSA" or "EC";

    public static SigningKey Read(JsonElement jwk, ReadOnlyMemory<byte> member)
    {
        string? keyType = StrictJson.TextOf(jwk, "kty");
        return new SigningKey
        {
            Member = member,
            Material = KeyMaterial.Of(jwk, keyType),
            Spelling = KeyMaterial.Fingerprint(member.Span),
            KeyId = StrictJson.TextOf(jwk, "kid"),
            KeyType = keyType,
            Algorithm = StrictJson.TextOf(jwk, "alg"),
            Use = StrictJson.TextOf(jwk, "use"),
            RsaBits = keyType == "RSA" ? BitsOf(StrictJson.TextOf(jwk, "n")) : null,
            HasLeadingZero = keyType == "RSA" && StrictJson.TextOf(jwk, "n") is { Length: > 0 } modulus && StrictBase64Url.IsValid(modulus) && Base64Url.DecodeFromChars(modulus) is [0, ..],
            MissingMembers = [.. RequiredMembers(keyType).Where(name => !IsWellFormed(jwk, name))],
            OddMembers = [.. OddMembersOf(jwk)],
            PrivateMembers = StrictJson.PrivateMembers(jwk),
        };
    }

    /// <summary>
    /// Whether the kid is the one that Kubernetes derives from this very key, base64url(SHA-256(SubjectPublicKeyInfo)):
    /// nobody can make another key for it. False for kids of external signers, and for keys that nobody can verify with.
    /// </summary>
    public bool IsNamedByItself() => KeyId is not null && KeyId == KubernetesKeyId();

    /// <summary>
    /// Whether a Kubernetes API server writes such a key (pkg/serviceaccount/openidmetadata.go): RSA or EC for signatures, with a kid, and without
    /// members that a relying party may choke on (x5c, x5t, key_ops).
    /// </summary>
    public bool IsOfKubernetes()
    {
        using JsonDocument jwk = JsonDocument.Parse(Member);
        return !string.IsNullOrEmpty(KeyId) && Use == "sig" && VerificationKey.Read(this, out _) is { } key
            && (key.IsRsa ? Algorithm == "RS256" : Algorithm == AlgorithmOf(key.Curve!) && HasWholeCoordinates(jwk.RootElement, key.Curve!))
            && jwk.RootElement.EnumerateObject().All(member => member.Name is "use" or "kid" or "alg" || RequiredMembers(KeyType).Append("kty").Contains(member.Name));
    }

    /// <summary>Which of these kids names this key: its own, or the one that Kubernetes derives from it, whatever kid it is sent under. Null when none does.</summary>
    public string? NameIn(IReadOnlyCollection<string> kids) =>
        kids.Count == 0 ? null : kids.Contains(Identity) ? Identity : DerivedKeyIds().FirstOrDefault(kids.Contains);

    private string? KubernetesKeyId() => VerificationKey.Read(this, out _) is { } key ? KubernetesKeyId(key) : null;

    // Whoever has the factors of a modulus can sign with any exponent.
    private string[] DerivedKeyIds() => VerificationKey.Read(this, out _) is { } key ? [KubernetesKeyId(key), KubernetesKeyId(key.WithUsualExponent())] : [];

    // pkg/serviceaccount/jwt.go, keyIDFromPublicKey.
    private static string KubernetesKeyId(VerificationKey key) => Base64Url.EncodeToString(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));

    /// <summary>Names of the members that only one of both has, or that have another value, in ordinal order; white space and order do not count.</summary>
    public IReadOnlyList<string> MembersUnlike(SigningKey other)
    {
        using JsonDocument own = JsonDocument.Parse(Member);
        using JsonDocument others = JsonDocument.Parse(other.Member);
        return [.. own.RootElement.EnumerateObject().Concat(others.RootElement.EnumerateObject()).Select(member => member.Name).Distinct()
            .Where(name => ValueOf(own, name) != ValueOf(others, name)).Order(StringComparer.Ordinal)];

        static string? ValueOf(JsonDocument key, string name) => key.RootElement.TryGetProperty(name, out JsonElement value) ? CanonicalJson.Of(value) : null;
    }

    private static string AlgorithmOf(string curve) => curve switch { "P-256" => "ES256", "P-384" => "ES384", _ => "ES512" };

    // RFC 7518 §6.2.1.2: go-jose rejects the set over a coordinate without its leading zeros.
    private static bool HasWholeCoordinates(JsonElement jwk, string curve) =>
        Base64Url.DecodeFromChars(StrictJson.TextOf(jwk, "x")).Length == VerificationKey.CoordinateLength(curve)
        && Base64Url.DecodeFromChars(StrictJson.TextOf(jwk, "y")).Length == VerificationKey.CoordinateLength(curve);

    private static IEnumerable<string> OddMembersOf(JsonElement jwk) =>
        jwk.EnumerateObject().Where(member => !HasItsType(member)).Select(member => member.Name)
            .Concat(jwk.EnumerateObject().GroupBy(member => member.Name, StringComparer.OrdinalIgnoreCase).Where(same => same.Count() > 1).Select(same => same.Last().Name))
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private static bool HasItsType(JsonProperty member) => member.Name switch
    {
        "kty" or "use" or "alg" or "kid" or "x5u" or "x5t" or "x5t#S256" => member.Value.ValueKind == JsonValueKind.String,
        "key_ops" or "x5c" => member.Value.ValueKind == JsonValueKind.Array && member.Value.EnumerateArray().All(each => each.ValueKind == JsonValueKind.String),
        _ => true,
    };

    private static string[] RequiredMembers(string? keyType) => keyType switch
    {
        null => ["kty"],
        "RSA" => ["n", "e"],
        "EC" => ["crv", "x", "y"],
        _ => [],
    };

    private static bool IsWellFormed(JsonElement jwk, string name) =>
        StrictJson.TextOf(jwk, name) is { Length: > 0 } value && (name is "crv" or "kty" || StrictBase64Url.IsValid(value));

    private static int? BitsOf(string? modulus)
    {
        if (modulus is null || !StrictBase64Url.IsValid(modulus))
        {
            return null;
        }

        ReadOnlySpan<byte> bytes = Base64Url.DecodeFromChars(modulus).AsSpan().TrimStart((byte)0);
        return bytes.IsEmpty ? 0 : (bytes.Length * 8) - byte.LeadingZeroCount(bytes[0]);
    }
}
