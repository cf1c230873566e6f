using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using IssuerGateway.Issuers;

namespace IssuerGateway.Fuzz.Targets;

/// <summary>The documents of an API server, tokens and issuer identifiers.</summary>
internal static class IssuerTargets
{
    /// <summary>More findings than this for one document would flood a log.</summary>
    private const int MostFindings = 1000;

    /// <summary>Longer texts than this would flood it too; an issuer of 2048 characters stands in some of them twice.</summary>
    private const int LongestFinding = 8192;

    private static readonly string[] privateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

    private static readonly Issuer issuer = IssuerOf("https://issuer.example.test");

    public static void Discovery(byte[] bytes)
    {
        DiscoveryDocument? document = DiscoveryDocument.Parse(bytes, out Finding? fault);
        BrokenPromiseException.Unless(document is null == fault is not null, "a document or a finding");
        if (document is null)
        {
            return;
        }

        JsonNode reference = Reference(bytes);
        IReadOnlyList<Finding> findings = FidelityRules.Validate(issuer, document);
        Bounded(findings);
        if (IsAccepted(findings))
        {
            NothingPrivate(reference);
        }

        DiscoveryDocument? rewritten = DiscoveryDocument.Parse(document.Rewritten(issuer.Identifier), out _);
        if (rewritten is null)
        {
            BrokenPromiseException.Unless(bytes.Length > StrictJson.MaxBytes - 1024, "what is rewritten is read again");
            return;
        }

        BrokenPromiseException.Unless(document.Issuer is null ? rewritten.Issuer is null : rewritten.Issuer == issuer.Identifier.Value, "the issuer is the exact string");
        BrokenPromiseException.Unless(document.KeySetUri is null ? rewritten.KeySetUri is null : rewritten.KeySetUri == issuer.Identifier.KeySetUri, "the jwks_uri is ours");
        BrokenPromiseException.Unless(rewritten.Rewritten(issuer.Identifier).Equals(rewritten.Bytes), "what is right is left as it is");
        BrokenPromiseException.Unless(JsonNode.DeepEquals(Rest(reference), Rest(Reference(rewritten.Bytes.ToArray()))), "every other member keeps its value");
    }

    public static void KeySet(byte[] bytes)
    {
        KeySet? keys = Issuers.KeySet.Parse(bytes, out Finding? fault);
        BrokenPromiseException.Unless(keys is null == fault is not null, "a set or a finding");
        if (keys is null)
        {
            return;
        }

        JsonNode reference = Reference(bytes);
        IReadOnlyList<Finding> findings = FidelityRules.Validate(keys);
        Bounded(findings);
        BrokenPromiseException.Unless(reference["keys"]!.AsArray().Count == keys.Keys.Count, "as many keys as the reference reads");
        for (int i = 0; i < keys.Keys.Count; i++)
        {
            BrokenPromiseException.Unless(JsonNode.DeepEquals(reference["keys"]![i], JsonNode.Parse(keys.Keys[i].Member.Span)), "each member is its own key");
            BrokenPromiseException.Unless(Text(reference["keys"]![i]!["kid"]) == keys.Keys[i].KeyId, "the kid of the reference");
        }

        if (IsAccepted(findings))
        {
            NothingPrivate(reference);
        }

        KeySet? again = Issuers.KeySet.Parse(Issuers.KeySet.Of(keys.Keys).Bytes, out _);
        BrokenPromiseException.Unless(again is not null || bytes.Length > StrictJson.MaxBytes - 16, "a union of keys is a set");
        BrokenPromiseException.Unless(again?.Keys.Select(key => key.Identity).SequenceEqual(keys.Keys.Select(key => key.Identity)) ?? true, "keys keep their identity");
    }

    /// <summary>A token as it is, or header and payload with a zero byte between them, which are then encoded.</summary>
    public static void Token(byte[] bytes)
    {
        int cut = bytes.AsSpan().IndexOf((byte)0);
        string text = cut < 0
            ? Encoding.UTF8.GetString(bytes)
            : $"{Base64Url.EncodeToString(bytes.AsSpan(0, cut))}.{Base64Url.EncodeToString(bytes.AsSpan(cut + 1))}.c2ln";
        if (CompactToken.Parse(text) is not { } token)
        {
            return;
        }

        BrokenPromiseException.Unless(text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'), "RFC 7515 §2: base64url without white space and padding");
        string[] parts = text.Split('.');
        BrokenPromiseException.Unless(parts.Length == 3, "three parts");
        if (token.HasDuplicates)
        {
            // The reference reads no object that has a name twice.
            return;
        }

        JsonNode header = Reference(Base64Url.DecodeFromChars(parts[0]));
        JsonNode payload = Reference(Base64Url.DecodeFromChars(parts[1]));
        BrokenPromiseException.Unless(Text(header["kid"]) == token.KeyId && Text(header["alg"]) == token.Algorithm, "the header of the reference");
        BrokenPromiseException.Unless(Text(payload["iss"]) == token.Issuer && Text(payload["sub"]) == token.Subject, "the claims of the reference");
    }

    public static void Identifier(byte[] bytes)
    {
        string text = Encoding.UTF8.GetString(bytes);
        if (!IssuerIdentifier.TryParse(text, out IssuerIdentifier identifier, out (string Expected, string Hint) fault))
        {
            BrokenPromiseException.Unless(fault.Expected is { Length: > 0 } && fault.Hint is { Length: > 0 }, "what is expected and how to correct it");
            return;
        }

        BrokenPromiseException.Unless(identifier.Value == text, "the exact string");
        BrokenPromiseException.Unless(Uri.TryCreate(text, UriKind.Absolute, out Uri? reference) && reference.Scheme == "https" && reference.UserInfo.Length == 0, "the reference reads it as an https URL");
        BrokenPromiseException.Unless(reference!.Port == (identifier.Port ?? 443), "the port of the reference");
        BrokenPromiseException.Unless(string.Equals(reference.IdnHost.Trim('[', ']'), identifier.Host.Trim('[', ']'), StringComparison.OrdinalIgnoreCase)
            || reference.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6, "the host of the reference");
        BrokenPromiseException.Unless(identifier.DiscoveryTarget.StartsWith('/') && identifier.KeySetTarget.StartsWith('/'), "targets are paths");
        BrokenPromiseException.Unless(Uri.TryCreate(identifier.KeySetUri, UriKind.Absolute, out _), "the jwks_uri is a URL");
        _ = identifier.IsPrivateHost;
        Bounded([.. FidelityRules.RelyingPartiesAcceptTheIdentifier(identifier)]);
    }

    private static Issuer IssuerOf(string text) =>
        IssuerIdentifier.TryParse(text, out IssuerIdentifier identifier, out _)
            ? new Issuer { Identifier = identifier, KeySetUriPolicy = KeySetUriPolicy.Publish, PreviousIdentifiers = [], RevokedKeys = [] }
            : throw new ArgumentException("not an issuer identifier", nameof(text));

    /// <summary>What System.Text.Json reads without our options: whatever we accept it must accept too.</summary>
    private static JsonNode Reference(byte[] bytes) => JsonNode.Parse(bytes, documentOptions: new JsonDocumentOptions { MaxDepth = 64 })!;

    private static JsonObject Rest(JsonNode document)
    {
        JsonObject rest = document.DeepClone().AsObject();
        foreach (string rewritten in (string[])["issuer", "jwks_uri"])
        {
            if (rest[rewritten]?.GetValueKind() == JsonValueKind.String)
            {
                rest.Remove(rewritten);
            }
        }

        return rest;
    }

    private static string? Text(JsonNode? node) => node?.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : null;

    private static bool IsAccepted(IReadOnlyList<Finding> findings) => findings.All(finding => finding.Severity != Severity.Error);

    private static void NothingPrivate(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                foreach ((string name, JsonNode? value) in members)
                {
                    BrokenPromiseException.Unless(!privateMembers.Contains(name), "no accepted document holds a private member");
                    NothingPrivate(value);
                }

                break;
            case JsonArray items:
                foreach (JsonNode? item in items)
                {
                    NothingPrivate(item);
                }

                break;
        }
    }

    private static void Bounded(IReadOnlyList<Finding> findings)
    {
        BrokenPromiseException.Unless(findings.Count <= MostFindings, "a bounded number of findings");
        foreach (Finding finding in findings)
        {
            BrokenPromiseException.Unless(finding.Message.Length + finding.Hint.Length <= LongestFinding, "findings of bounded length");
            BrokenPromiseException.Unless(finding.Message.All(c => c is >= ' ' and <= '~') && finding.Hint.All(c => c is >= ' ' and <= '~' or '§'), "findings of printable text");
        }
    }
}
