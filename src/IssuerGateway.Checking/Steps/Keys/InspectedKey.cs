using System.Buffers.Text;
using System.Text.Json;
using IssuerGateway.Base;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Steps.Keys;

/// <summary>One JWK with what only some relying parties look at.</summary>
internal sealed record InspectedKey
{
    // go-jose decodes each of them, whatever the type of the key.
    private static readonly string[] numberMembers = ["n", "e", "x", "y", "k", "d", "p", "q", "dp", "dq", "qi"];

    private static readonly string[] textMembers = ["kty", "kid", "alg", "use", "crv", "n", "e", "x", "y"];

    public required SigningKey Key { get; init; }

    /// <summary>What its type requires and it lacks or spells wrongly; null for a well-formed key.</summary>
    public string? Fault { get; private init; }

    /// <summary>The rule that the fault breaks.</summary>
    public string FaultRule => IsLoose ? "key-encoding" : "key-malformed";

    /// <summary>Whether only strict readers reject the key: its numbers are in base64url with line breaks, or with bits that do not count.</summary>
    public bool IsLoose { get; private init; }

    /// <summary>Whether a lenient reader might read the malformed key: its numbers are in another spelling of base64, or what is no string says nothing of the key itself.</summary>
    public bool MayBeRead { get; private init; }

    /// <summary>What go-jose rejects although the type of the key has no use for it: it decodes every member that it knows.</summary>
    public string? GoFault { get; private init; }

    public bool HasUrl { get; private init; }

    /// <summary>What is wrong with <c>x5u</c> for go-jose from version 3, which parses a string as a URL; null for nothing.</summary>
    public string? UrlFault { get; private init; }

    /// <summary>What is wrong with <c>x5u</c> for go-jose 2, which decodes the fields of a URL from an object; null for nothing.</summary>
    public string? UrlFieldsFault { get; private init; }

    public bool HasPrivateMembers { get; private init; }

    /// <summary>Whether it is the private half too. go-jose makes a private key of it, by which it verifies nothing.</summary>
    public bool IsPrivate { get; private init; }

    /// <summary>Members that neither RFC 7518 nor an API server writes for a public key.</summary>
    public IReadOnlyList<string> OtherMembers { get; private init; } = [];

    /// <summary>What is wrong with the numbers of a well-formed RSA key, with which nobody can verify; null for a good key.</summary>
    public string? NumberFault { get; private init; }

    /// <summary>Members that have to be strings and are something else.</summary>
    public IReadOnlyList<string> NotText { get; private init; } = [];

    public string? Curve { get; private init; }

    public bool HasWrongCoordinate { get; private init; }

    public bool HasLeadingZero { get; private init; }

    public bool HasOperations { get; private init; }

    /// <summary>What is wrong with <c>x5t</c> or <c>x5t#S256</c>; null for nothing.</summary>
    public string? ThumbprintFault { get; private init; }

    public CertificateState Certificate { get; private init; }

    public string Name => NotText.Contains("kid") ? "a key whose kid is not a string" : Key.KeyId is "" ? "a key with an empty kid" : Key.KeyId is { } kid ? $"kid \"{PrintableText.Of(kid, 60)}\"" : "a key without kid";

    public string Type => Curve is null ? $"\"{PrintableText.Of(Key.KeyType, 20)}\"" : $"\"{PrintableText.Of(Key.KeyType, 20)}\" {PrintableText.Of(Curve, 20)}";

    public bool IsUnknownType => Key.KeyType is not null && (Key.KeyType is not ("RSA" or "EC") || (Key.KeyType == "EC" && Fault is null && CurveAlgorithm is null));

    public bool IsEd25519 => (Key.KeyType, Curve) is ("OKP", "Ed25519");

    public bool IsForOtherUse => Key.Use is { Length: > 0 } and not "sig";

    /// <summary>Whether its alg, if there is one, is a signature algorithm of its type (RFC 7518 §3.1).</summary>
    public bool FitsItsAlgorithm => Key.Algorithm is not { Length: > 0 } algorithm || algorithm switch
    {
        ['R' or 'P', 'S', _, _, _] => Key.KeyType == "RSA",
        ['E', 'S', _, _, _] => Key.KeyType == "EC" && algorithm == CurveAlgorithm,
        "EdDSA" or "Ed25519" => IsEd25519,
        _ => false,
    };

    /// <summary>Why a party that takes such keys cannot use this one.</summary>
    public string Defect => (Fault ?? NumberFault) is { } fault ? $"{Name}: {fault}"
        : IsUnknownType ? $"{Name} is of type {Type}"
        : !FitsItsAlgorithm ? $"{Name} is of type {Type} and has alg \"{Kind}\""
        : IsForOtherUse ? $"{Name} has use \"{PrintableText.Of(Key.Use, 20)}\""
        : $"{Name} is for {Kind}";

    /// <summary>The algorithm, or what the type says when there is none.</summary>
    public string Kind => Key.Algorithm is { Length: > 0 } algorithm ? PrintableText.Of(algorithm, 20) : CurveAlgorithm ?? (IsEd25519 ? "EdDSA" : PrintableText.Of(Key.KeyType ?? "no type", 20));

    private string? CurveAlgorithm => Curve switch { "P-256" => "ES256", "P-384" => "ES384", "P-521" => "ES512", _ => null };

    public static InspectedKey Of(SigningKey key)
    {
        using JsonDocument json = JsonDocument.Parse(key.Member);
        JsonElement jwk = json.RootElement;
        InspectedKey inspected = new()
        {
            Key = key,
            Curve = StrictJson.TextOf(jwk, "crv"),
            Fault = LooseFaultOf(jwk, key) ?? FaultOf(jwk, key),
            IsLoose = LooseFaultOf(jwk, key) is not null,
            MayBeRead = LooseFaultOf(jwk, key) is not null || HasNumbersInBase64(jwk, key),
            GoFault = GoFaultOf(jwk),
            HasUrl = jwk.TryGetProperty("x5u", out JsonElement url) && url.ValueKind != JsonValueKind.Null,
            UrlFault = CertificateUrl.FaultOf(jwk),
            UrlFieldsFault = CertificateUrl.FieldsFaultOf(jwk),
            HasPrivateMembers = StrictJson.PrivateMembersWithValue(jwk).Count > 0,
            IsPrivate = StrictJson.TextOf(jwk, "d") is { Length: > 0 },
            OtherMembers = [.. jwk.EnumerateObject().Select(member => member.Name).Except(textMembers).Except(["key_ops", "x5c", "x5u"]).Except(key.PrivateMembers)],
            NotText = NotTextOf(jwk),
            HasOperations = jwk.TryGetProperty("key_ops", out JsonElement operations) && operations.ValueKind != JsonValueKind.Null,
            ThumbprintFault = KeyThumbprint.FaultOf(jwk),
            HasLeadingZero = key.HasLeadingZero,
            Certificate = KeyCertificates.StateOf(jwk, key),
        };
        return inspected.Fault is not null ? inspected
            : key.KeyType == "RSA" ? inspected with { NumberFault = VerificationKey.Read(key, out string? fault) is null ? fault : null }
            : inspected with { HasWrongCoordinate = VerificationKey.CoordinateLength(inspected.Curve) is not null && !HasFullCoordinates(jwk) };
    }

    /// <summary>Whether tokens signed with this key can be verified by the party.</summary>
    public bool IsUsableFor(RelyingParty party) =>
        Fault is null && NumberFault is null && (!IsUnknownType || IsEd25519) && IsAlgorithmOf(party) && !(IsForOtherUse && party.Id is ("aws" or "google" or "keycloak"));

    /// <summary>Whether the party could use the key but for what its alg says, which nobody has recorded that a party compares.</summary>
    public bool IsUsableButForItsMark(RelyingParty party) => !IsUsableFor(party) && (this with { Key = Key with { Algorithm = null } }).IsUsableFor(party);

    public bool IsAlgorithmOf(RelyingParty party)
    {
        if (Key.Algorithm is { Length: > 0 } algorithm && !party.IgnoresKeyAlgorithm)
        {
            return FitsItsAlgorithm && party.Accepts(algorithm);
        }

        return party.Algorithms.Count == 0 || (IsEd25519 ? party.Algorithms.Contains("EdDSA") : Key.KeyType == "RSA" ? party.Algorithms.Any(each => each[0] is 'R' or 'P') : CurveAlgorithm is { } ofCurve && party.Algorithms.Contains(ofCurve));
    }

    // RFC 7517 §4: these are strings. A party that reads the set into typed structures breaks on anything else, whatever the key is good for.
    private static string? FaultOf(JsonElement jwk, SigningKey key)
    {
        string[] notText = NotTextOf(jwk);
        return notText.Length > 0 ? $"{string.Join(", ", notText)} is not a string"
            : key.MissingMembers.Count > 0 ? $"no well-formed {string.Join(", ", key.MissingMembers)}"
            : key.KeyType == "OKP" && Decode(jwk, "x") is not { Length: > 0 } ? "no well-formed x"
            : key.KeyType == "EC" && HasCoordinates(jwk) && VerificationKey.Read(key, out string? fault) is null ? fault
            : null;
    }

    // Every number is there, and each that a strict reader rejects is one that Go decodes.
    private static string? LooseFaultOf(JsonElement jwk, SigningKey key)
    {
        (string Name, string? Deviation)[] numbers =
        [
            .. (key.KeyType switch { "RSA" => ["n", "e"], "EC" => ["x", "y"], "OKP" => (string[])["x"], _ => [] })
                .Where(name => StrictJson.TextOf(jwk, name) is not { } text || !StrictBase64Url.IsValid(text)).Select(name => (name, GoBase64.Deviation(StrictJson.TextOf(jwk, name) ?? ""))),
        ];
        return numbers.Length > 0 && numbers.All(number => number.Deviation is not null) && key.MissingMembers.All(name => numbers.Any(number => number.Name == name)) && NotTextOf(jwk).Length == 0
            ? string.Join(", ", numbers.Select(number => $"{number.Name} has {number.Deviation}"))
            : null;
    }

    // With padding, or with + and / (RFC 4648 §4).
    private static bool HasNumbersInBase64(JsonElement jwk, SigningKey key)
    {
        string[] numbers = key.KeyType switch { "RSA" => ["n", "e"], "EC" => ["x", "y"], _ => [] };
        string[] notText = NotTextOf(jwk);
        return numbers.Length > 0 && key.MissingMembers.Except(numbers).Concat(notText.Except(["use", "alg"])).ToArray() is []
            && (notText.Length > 0 || numbers.Any(name => !StrictBase64Url.IsValid(StrictJson.TextOf(jwk, name) ?? "")))
            && numbers.All(name => StrictJson.TextOf(jwk, name) is { Length: > 0 } text && StrictBase64Url.IsValid(text.TrimEnd('=').Replace('+', '-').Replace('/', '_')));
    }

    private static string? GoFaultOf(JsonElement jwk)
    {
        string[] undecodable = [.. numberMembers.Where(name => jwk.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null && (value.ValueKind != JsonValueKind.String || GoBase64.Decode(value.GetString()!) is null))];
        return undecodable.Length > 0 ? $"{string.Join(", ", undecodable)} is not base64url"
            : StrictJson.TextOf(jwk, "kty") == "RSA" && StrictJson.TextOf(jwk, "d") is not null && (StrictJson.TextOf(jwk, "p") is null || StrictJson.TextOf(jwk, "q") is null) ? "d without p and q"
            : KeyCertificates.HaveOddEntry(jwk) ? "x5c has an entry that is not a certificate"
            : null;
    }

    private static bool HasCoordinates(JsonElement jwk) =>
        VerificationKey.CoordinateLength(StrictJson.TextOf(jwk, "crv")) is not null && Decode(jwk, "x") is not null && Decode(jwk, "y") is not null;

    // Coordinates of another length, and curves that nobody knows, have rules of their own.
    private static bool HasFullCoordinates(JsonElement jwk) =>
        VerificationKey.CoordinateLength(StrictJson.TextOf(jwk, "crv")) is { } length && Decode(jwk, "x")?.Length == length && Decode(jwk, "y")?.Length == length;

    // Serializers write null for what there is not, and typed readers take it for that.
    private static string[] NotTextOf(JsonElement jwk) => [.. textMembers.Where(name => jwk.TryGetProperty(name, out JsonElement value) && value.ValueKind is not (JsonValueKind.String or JsonValueKind.Null))];

    internal static byte[]? Decode(JsonElement jwk, string member) =>
        StrictJson.TextOf(jwk, member) is { Length: > 0 } text && StrictBase64Url.IsValid(text) ? Base64Url.DecodeFromChars(text) : null;
}
