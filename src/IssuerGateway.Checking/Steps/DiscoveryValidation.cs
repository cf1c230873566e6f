using System.Text.Json;
using IssuerGateway.Base;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Steps.Keys;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Steps;

/// <summary>The members of a discovery document that relying parties read (OIDC Discovery §3).</summary>
internal static class DiscoveryValidation
{
    private const int MaxNamed = 5;
    private const string AlgorithmMember = "id_token_signing_alg_values_supported";

    /// <summary>Members that OIDC Discovery §3 requires beside the two URLs, with the value that an API server writes.</summary>
    private static readonly (string Name, string Value)[] required =
    [
        ("response_types_supported", "[\"id_token\"]"),
        ("subject_types_supported", "[\"public\"]"),
        (AlgorithmMember, "[\"RS256\"]"),
    ];

    private static readonly string[] typed = ["authorization_endpoint", "token_endpoint", "userinfo_endpoint"];

    /// <param name="ofGo">The document as the parties written in Go read it; null when they cannot.</param>
    public static void Validate(StepBuilder step, CheckRequest request, DiscoveryDocument document, DiscoveryDocument? ofGo)
    {
        foreach (IGrouping<string?, RelyingParty> same in step.Parties.GroupBy(party => Read(party).Issuer, StringComparer.Ordinal))
        {
            ValidateIssuer(step, request, same.Key, same);
        }

        step.Report("jwks-uri-missing", "\"jwks_uri\" is missing or not a string", $"publish \"jwks_uri\":{ShownText.Quote(request.Issuer.KeySetUri)} in it, as the API server (--service-account-jwks-uri) and the gateway do", step.Parties.Where(party => Read(party).KeySetUri is null));
        ValidateTypes(step, document);

        ValidatePrivate(step, document);

        ValidateMembers(step, document);

        DiscoveryDocument Read(RelyingParty party) => party.IsWrittenInGo ? ofGo ?? document : document;
    }

    // A member of that name is one of a key only beside a type of key.
    private static void ValidatePrivate(StepBuilder step, DiscoveryDocument document)
    {
        using JsonDocument? json = document.PrivateMembers.Count > 0 ? StrictJson.ParseObject(document.Bytes, out _) : null;
        string[] names = json is null ? [] : [.. KeysIn(json.RootElement).SelectMany(StrictJson.PrivateMembersWithValue).Distinct()];
        if (names.Length > 0)
        {
            step.Report("private-key", $"the discovery document carries private or symmetric members ({string.Join(", ", names)})");
        }

        static IEnumerable<JsonElement> KeysIn(JsonElement element) => element.ValueKind switch
        {
            JsonValueKind.Object => element.TryGetProperty("kty", out _) ? [element] : element.EnumerateObject().SelectMany(member => KeysIn(member.Value)),
            JsonValueKind.Array => element.EnumerateArray().SelectMany(KeysIn),
            _ => [],
        };
    }

    // go-oidc 2, which Kubernetes uses, reads these into typed fields, and rejects the document when one has another type.
    private static void ValidateTypes(StepBuilder step, DiscoveryDocument document)
    {
        using JsonDocument? json = StrictJson.ParseObject(document.Bytes, out _);
        string[] odd = json is null ? [] : [.. json.RootElement.EnumerateObject().Select(OddType).OfType<string>()];
        if (odd.Length > 0)
        {
            // The list is one that others require, and how leniently they read it nobody has recorded.
            bool isList = IsOddList(json!.RootElement);
            step.Report("discovery-member-type", string.Join(", ", odd), isList && odd.Length == 1 ? Publish(required.Where(member => member.Name == AlgorithmMember)) : null,
                adapt: entry => isList && entry.Severity is null ? RuleTable.Find("discovery-member-missing").For(entry.Party) with { Evidence = Evidence.Unconfirmed } : entry);
        }
    }

    private static bool IsOddList(JsonElement root) => root.EnumerateObject().Any(member => member.Name == AlgorithmMember && OddType(member) is not null);

    private static string? OddType(JsonProperty member) =>
        member.Name.Equals(AlgorithmMember, StringComparison.OrdinalIgnoreCase)
            ? member.Value.ValueKind == JsonValueKind.Null || (member.Value.ValueKind == JsonValueKind.Array && member.Value.EnumerateArray().All(IsTextOrNull)) ? null : $"{member.Name} is not an array of strings"
        : typed.Contains(member.Name, StringComparer.OrdinalIgnoreCase) && !IsTextOrNull(member.Value) ? $"{member.Name} is not a string"
        : null;

    private static bool IsTextOrNull(JsonElement value) => value.ValueKind is JsonValueKind.String or JsonValueKind.Null;

    private static void ValidateIssuer(StepBuilder step, CheckRequest request, string? found, IEnumerable<RelyingParty> parties)
    {
        if (found is null)
        {
            step.Report("issuer-missing", "\"issuer\" is missing or not a string", only: parties);
        }
        else if (IssuerSides.Of(request, found) is { IsOtherDocument: true } sides)
        {
            step.Report("issuer-mismatch", sides.FoundInDocument(), sides.FixOfDocument(), parties.Where(party => !sides.IsAsStored(party)), adapt: sides.Adapt);
        }
    }

    private static void ValidateMembers(StepBuilder step, DiscoveryDocument document)
    {
        using JsonDocument? json = StrictJson.ParseObject(document.Bytes, out _);
        (string Name, string Value)[] missing = [.. required.Where(member => json is null || !(IsArray(json.RootElement, member.Name, out _) || (member.Name == AlgorithmMember && IsOddList(json.RootElement))))];
        (string Name, string Value)[] empty = [.. required.Where(member => json is not null && IsArray(json.RootElement, member.Name, out bool isEmpty) && isEmpty)];
        if (missing.Length > 0)
        {
            step.Report("discovery-member-missing", $"missing or not an array of strings: {string.Join(", ", missing.Select(member => member.Name))}", Publish(missing),
                adapt: entry => missing.All(member => IsOfOtherType(json, member.Name)) ? entry with { Evidence = Evidence.Unconfirmed } : entry);
        }

        if (empty.Length > 0)
        {
            step.Report("discovery-required-empty", $"empty: {string.Join(", ", empty.Select(member => member.Name))}", Publish(empty));
        }

        string[] optional = [.. document.EmptyMembers.Except(missing.Concat(empty).Select(member => member.Name)).Except(["issuer", "jwks_uri"])];
        if (optional.Length > 0)
        {
            step.Report("discovery-member-empty", $"empty: {string.Join(", ", optional.Take(MaxNamed).Select(name => PrintableText.Of(name, 60)))}{(optional.Length > MaxNamed ? ", ..." : "")}");
        }
    }

    // What AWS does without a member is known, and not how leniently it reads one.
    private static bool IsOfOtherType(JsonDocument? json, string name) => json is not null && json.RootElement.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    private static string Publish(IEnumerable<(string Name, string Value)> members) => $"publish {string.Join(", ", members.Select(member => $"\"{member.Name}\":{member.Value}"))}";

    private static bool IsArray(JsonElement root, string name, out bool isEmpty)
    {
        bool isArray = root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String);
        isEmpty = isArray && value.EnumerateArray().All(item => item.ValueEquals(""));
        return isArray;
    }

    /// <summary>
    /// The algorithms that the document lists beside those of the keys. OIDC Discovery §3 makes the list the signature
    /// algorithms of the issuer; Vault, OpenBao and Kubernetes do not read it.
    /// </summary>
    public static void ValidateAlgorithms(StepBuilder step, DiscoveryDocument document, KeySet set)
    {
        // What is missing, empty or of another type has a rule of its own.
        string[] listed = Listed(document);
        // A key whose alg is not one of its type is wrong itself, and not the list.
        InspectedKey[] sound = listed.Length == 0 ? [] : [.. set.Keys.Select(InspectedKey.Of).Where(key => !key.IsForOtherUse && key.FitsItsAlgorithm)];
        foreach (RelyingParty party in step.Parties)
        {
            InspectedKey[] keys = [.. sound.Where(key => key.IsUsableFor(party) && !IsListed(key, listed, party.IgnoresKeyAlgorithm))];
            if (keys.Length > 0)
            {
                string names = string.Join("; ", keys.Take(MaxNamed).Select(key => $"{key.Name} is for {key.Kind}"));
                string missing = string.Join(", ", keys.Select(key => key.Kind == "RSA" ? "RS256" : key.Kind).Distinct().Take(MaxNamed).Select(kind => $"\"{kind}\""));
                step.Report("discovery-algorithms", $"listed: {string.Join(", ", listed.Take(MaxNamed).Select(name => PrintableText.Of(name, 20)))}{(listed.Length > MaxNamed ? ", ..." : "")}; {names}{(keys.Length > MaxNamed ? $"; and {keys.Length - MaxNamed} more" : "")}",
                    $"{(listed.Contains("RS256") && KeySetValidation.FixOfMark(keys) is { } mark ? $"{mark}; else " : "")}add {missing} to {AlgorithmMember} of the discovery document", [party]);
            }
        }
    }

    private static string[] Listed(DiscoveryDocument document)
    {
        using JsonDocument? json = StrictJson.ParseObject(document.Bytes, out _);
        return json is not null && json.RootElement.TryGetProperty(AlgorithmMember, out JsonElement list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!).Where(name => name.Length > 0)]
            : [];
    }

    // A key without alg may be for any algorithm of its type, and every key where alg is not read. RFC 9864 gives EdDSA with Ed25519 a name of its own.
    private static bool IsListed(InspectedKey key, string[] listed, bool ignoresAlgorithm) =>
        key.IsEd25519 ? listed.Contains("EdDSA") || listed.Contains("Ed25519")
        : key.Key.KeyType == "RSA" && (ignoresAlgorithm || key.Key.Algorithm is null or "") ? listed.Any(name => name is ['R' or 'P', 'S', ..])
        : listed.Contains(key.Kind);
}
