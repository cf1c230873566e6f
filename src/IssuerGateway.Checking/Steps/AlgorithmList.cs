using System.Text.Json;
using IssuerGateway.Base;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Steps.Keys;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Steps;

/// <summary>
/// The algorithms that a discovery document lists beside those of the keys. OIDC Discovery §3 makes the list the signature
/// algorithms of the issuer; Vault, OpenBao and Kubernetes do not read it.
/// </summary>
internal static class AlgorithmList
{
    private const string Member = "id_token_signing_alg_values_supported";
    private const int MaxNamed = 3;

    public static void Validate(StepBuilder step, DiscoveryDocument document, KeySet set)
    {
        // What is missing, empty or of another type has a rule of its own.
        string[] listed = Listed(document);
        if (listed.Length == 0)
        {
            return;
        }

        InspectedKey[] keys = [.. set.Keys.Select(InspectedKey.Of)];
        foreach (RelyingParty party in step.Parties)
        {
            InspectedKey[] unlisted = [.. keys.Where(key => key.IsUsableFor(party) && !key.IsForOtherUse && !IsListed(key, listed))];
            if (unlisted.Length > 0)
            {
                string names = string.Join("; ", unlisted.Take(MaxNamed).Select(key => $"{key.Name} is for {key.Kind}"));
                string missing = string.Join(", ", unlisted.Select(key => key.Kind == "RSA" ? "RS256" : key.Kind).Distinct().Take(MaxNamed).Select(name => PrintableText.Quote(name)));
                step.Report("discovery-algorithms", $"listed: {string.Join(", ", listed.Take(MaxNamed).Select(name => PrintableText.Of(name, 20)))}{(listed.Length > MaxNamed ? ", ..." : "")}; {names}{(unlisted.Length > MaxNamed ? $"; and {unlisted.Length - MaxNamed} more" : "")}",
                    $"add {missing} to {Member} of the discovery document", [party]);
            }
        }
    }

    private static string[] Listed(DiscoveryDocument document)
    {
        using JsonDocument? json = StrictJson.ParseObject(document.Bytes, out _);
        return json is not null && json.RootElement.TryGetProperty(Member, out JsonElement list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!).Where(name => name.Length > 0)]
            : [];
    }

    // A key without alg may be for any algorithm of its type. RFC 9864 gives EdDSA with Ed25519 a name of its own.
    private static bool IsListed(InspectedKey key, string[] listed) =>
        key.IsEd25519 ? listed.Contains("EdDSA") || listed.Contains("Ed25519")
        : key.Key is { KeyType: "RSA", Algorithm: null or "" } ? listed.Any(name => name is ['R' or 'P', 'S', ..])
        : listed.Contains(key.Kind);
}
