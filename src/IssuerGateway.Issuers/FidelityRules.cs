using IssuerGateway.Base;

namespace IssuerGateway.Issuers;

/// <summary>
/// What a pair of documents must be before it is published, one pure method a rule. Errors keep the last good documents
/// in place; warnings name what some relying party will dislike (docs/troubleshooting/findings.md).
/// </summary>
public static class FidelityRules
{
    /// <summary>Entra stores only the first 100 keys of a set.</summary>
    public const int MaxKeys = 100;

    /// <summary>Empty members that are named one by one; what a real API server sends has fewer members in all.</summary>
    private const int MaxEmptyMembers = 20;

    /// <summary>Findings of one rule about one set: a server that sends a hundred such keys, others at each refresh, must not fill the log.</summary>
    private const int MaxOfOneRule = 5;

    /// <summary>Kubernetes makes 43 of them; a longer one would fill logs, labels and state.</summary>
    public const int MaxKeyIdCharacters = 256;

    public static IReadOnlyList<Finding> Validate(Issuer issuer, DiscoveryDocument discovery) =>
    [
        .. IssuerIsExact(issuer.Identifier, discovery),
        .. KeySetUriIsAllowed(issuer, discovery),
        .. NothingIsPrivate(discovery),
        .. NothingIsEmpty(discovery),
        .. RelyingPartiesAcceptTheIdentifier(issuer.Identifier),
    ];

    // A set that is too large is rejected for that alone: a line for each of its keys would flood logs and memory.
    public static IReadOnlyList<Finding> Validate(KeySet keys) => keys.Keys.Count > MaxKeys ? [.. HasAtMost100Keys(keys)] :
    [
        .. HasKeys(keys),
        .. NothingIsPrivate(keys).Take(MaxOfOneRule),
        .. KeyIdsAreShort(keys),
        .. KeyIdsAreUnique(keys).Take(MaxOfOneRule),
        .. KeysAreWellFormed(keys).Take(MaxOfOneRule),
        .. KeysAreReadable(keys).Take(MaxOfOneRule),
        .. SomeKeyIsRs256(keys),
        .. RsaKeysAreLongEnough(keys).Take(MaxOfOneRule),
        .. ModuliAreMinimal(keys).Take(MaxOfOneRule),
        .. KeysAreDescribed(keys).Take(MaxOfOneRule),
        .. KeyTypesAreKnown(keys).Take(MaxOfOneRule),
    ];

    // OIDC Discovery §4.3: the issuer must be identical to the one that was used to find the document.
    public static IEnumerable<Finding> IssuerIsExact(IssuerIdentifier identifier, DiscoveryDocument discovery)
    {
        if (discovery.Issuer is null)
        {
            yield return Finding.Error("issuer-missing", $"issuer \"{identifier}\": the discovery document has no member \"issuer\" that is a text",
                "check --service-account-issuer of the API server");
        }
        else if (!string.Equals(discovery.Issuer, identifier.Value, StringComparison.Ordinal))
        {
            yield return Finding.Error("issuer-mismatch",
                $"issuer \"{identifier}\": {IssuerDifference.Clause(identifier.Value, discovery.Issuer)} from discovery document \"{PrintableText.Of(discovery.Issuer)}\"",
                $"set Identifier to \"{PrintableText.Of(discovery.Issuer)}\", or --service-account-issuer of the API server to \"{identifier}\"");
        }
    }

    public static IEnumerable<Finding> KeySetUriIsAllowed(Issuer issuer, DiscoveryDocument discovery)
    {
        if (discovery.KeySetUri is null)
        {
            yield return Finding.Error("jwks-uri-missing", $"issuer \"{issuer.Identifier}\": the discovery document has no member \"jwks_uri\" that is a text",
                "check --service-account-jwks-uri of the API server");
        }
        else if (issuer.KeySetUriPolicy == KeySetUriPolicy.Require
            && !string.Equals(discovery.KeySetUri, issuer.Identifier.KeySetUri, StringComparison.Ordinal))
        {
            yield return Finding.Error("jwks-uri-mismatch",
                $"issuer \"{issuer.Identifier}\": jwks_uri is \"{PrintableText.Of(discovery.KeySetUri)}\", expected \"{issuer.Identifier.KeySetUri}\"",
                $"set --service-account-jwks-uri={issuer.Identifier.KeySetUri} on every API server, or JwksUri to Publish");
        }
    }

    public static IEnumerable<Finding> NothingIsPrivate(DiscoveryDocument discovery)
    {
        if (discovery.PrivateMembers.Count > 0)
        {
            yield return Finding.Error("private-key", $"discovery document: carries private or symmetric members ({string.Join(", ", discovery.PrivateMembers)})",
                "find out what puts key material there; if it is a private key, it has been disclosed: replace it at once");
        }
    }

    public static IEnumerable<Finding> NothingIsEmpty(DiscoveryDocument discovery) =>
        from member in discovery.EmptyMembers.Take(MaxEmptyMembers)
        select Finding.Warning("discovery-member-empty", $"discovery document: \"{PrintableText.Of(member)}\" is empty",
            member is "response_types_supported" or "subject_types_supported" or "id_token_signing_alg_values_supported"
                ? "AWS needs a value, and Entra has rejected empty members (AADSTS501661); publish what the API server writes"
                : "Entra has rejected empty members (AADSTS501661); remove it at its source");

    public static IEnumerable<Finding> RelyingPartiesAcceptTheIdentifier(IssuerIdentifier identifier)
    {
        if (identifier.Value.Length > IssuerIdentifier.EntraLength)
        {
            yield return Finding.Warning("issuer-long", $"issuer \"{identifier}\": {identifier.Value.Length} characters, expected at most {IssuerIdentifier.EntraLength}",
                "Entra rejects it in a federated credential; choose a shorter issuer");
        }

        if (identifier.Port is { } port)
        {
            yield return Finding.Warning("issuer-port", $"issuer \"{identifier}\": port {port} is part of it",
                "AWS IAM documents that an issuer should not contain a port, and drops :443; Anthropic rejects another port; use 443 and leave it out");
        }

        if (identifier.HasTrailingSlash)
        {
            yield return Finding.Warning("issuer-trailing-slash", $"issuer \"{identifier}\": ends with a slash",
                "every relying party must be given it with the slash; one without it gets AADSTS700211");
        }
    }

    public static IEnumerable<Finding> HasKeys(KeySet keys)
    {
        if (keys.Keys.Count == 0)
        {
            yield return Finding.Error("key-set-empty", "JWK Set: no keys, expected at least one", "check --service-account-key-file of the API server");
        }
    }

    public static IEnumerable<Finding> HasAtMost100Keys(KeySet keys)
    {
        if (keys.Keys.Count > MaxKeys)
        {
            yield return Finding.Error("key-set-too-many", $"JWK Set: {keys.Keys.Count} keys, expected at most {MaxKeys}",
                "Entra stores the first 100 only; remove old --service-account-key-file entries");
        }
    }

    public static IEnumerable<Finding> NothingIsPrivate(KeySet keys)
    {
        const string hint = "this key has been disclosed to whoever could read the upstream: replace it at once";
        foreach (SigningKey key in keys.Keys.Where(key => key.PrivateMembers.Count > 0))
        {
            yield return Finding.Error("private-key", $"JWK Set: {Name(key)} carries private or symmetric members ({string.Join(", ", key.PrivateMembers)})", hint);
        }

        // Bytes are passed through, so what stands beside the keys would be published too.
        if (keys.PrivateMembers.Except(keys.Keys.SelectMany(key => key.PrivateMembers)).ToArray() is { Length: > 0 } beside)
        {
            yield return Finding.Error("private-key", $"JWK Set: carries private or symmetric members beside its keys ({string.Join(", ", beside)})", hint);
        }
    }

    // One finding for all, since a set of a hundred is a hundred lines otherwise.
    public static IEnumerable<Finding> KeyIdsAreShort(KeySet keys)
    {
        if (keys.Keys.Any(key => key.KeyId?.Length > MaxKeyIdCharacters))
        {
            yield return Finding.Error("kid-long", $"JWK Set: a kid has more than {MaxKeyIdCharacters} characters",
                "have the external signer name its keys by a shorter key_id; if there is no external signer, find out what responds in place of the API server");
        }
    }

    // RFC 7517 §4.5: kids within a set should be distinct; relying parties take the first or fail.
    public static IEnumerable<Finding> KeyIdsAreUnique(KeySet keys) =>
        from same in keys.Keys.Where(key => key.KeyId is not null).GroupBy(key => key.KeyId, StringComparer.Ordinal)
        where same.Count() > 1
        select Finding.Error("kid-duplicate", $"JWK Set: {same.Count()} keys have {Name(same.First())}", "remove the repeated --service-account-key-file");

    public static IEnumerable<Finding> KeysAreWellFormed(KeySet keys) =>
        from key in keys.Keys
        where key.MissingMembers.Count > 0
        select Finding.Error("key-malformed", $"JWK Set: {Name(key)} of type \"{PrintableText.Of(key.KeyType ?? "")}\" lacks a well-formed {string.Join(", ", key.MissingMembers)}",
            "RFC 7518 §6 lists what each type requires; check what responds in place of the API server");

    // Relying parties that read a set as a whole (go-jose) reject all of it over one such key, honest keys of other servers too.
    public static IEnumerable<Finding> KeysAreReadable(KeySet keys)
    {
        foreach (SigningKey key in keys.Keys.Where(key => key.MissingMembers.Count == 0))
        {
            string? fault = key.OddMembers.Count > 0 ? $"{string.Join(", ", key.OddMembers.Take(MaxOfOneRule).Select(name => $"\"{PrintableText.Of(name)}\""))} of another type, or twice in different letter case"
                : key.KeyType == "oct" ? "a symmetric type"
                : key.KeyType == "EC" && VerificationKey.Read(key, out string? why) is null ? why
                : null;
            if (fault is not null)
            {
                yield return Finding.Error("key-malformed", $"JWK Set: {Name(key)} has {fault}",
                    "RFC 7517 §4 and RFC 7518 §6 say what each member is; check what responds in place of the API server");
            }
        }
    }

    public static IEnumerable<Finding> SomeKeyIsRs256(KeySet keys)
    {
        if (keys.Keys.Count > 0 && !keys.Keys.Any(key => key.KeyType == "RSA" && key.Algorithm is "RS256" or null))
        {
            yield return Finding.Warning("no-rs256", "JWK Set: no RS256 key",
                "Entra accepts RS256 only (AADSTS5002738); sign with an RSA key (--service-account-signing-key-file)");
        }
    }

    public static IEnumerable<Finding> RsaKeysAreLongEnough(KeySet keys) =>
        from key in keys.Keys
        where key.RsaBits < 2048
        select Finding.Warning("rsa-short", $"JWK Set: {Name(key)} has {key.RsaBits} bits, expected at least 2048",
            "RFC 7518 §3.3 requires 2048 bits; make a new signing key");

    public static IEnumerable<Finding> ModuliAreMinimal(KeySet keys) =>
        from key in keys.Keys
        where key.HasLeadingZero
        select Finding.Warning("rsa-leading-zero", $"JWK Set: the modulus of {Name(key)} starts with a zero byte",
            "AWS rejects tokens of this key; let the API server publish it (RFC 7518 §6.3.1.1)");

    public static IEnumerable<Finding> KeysAreDescribed(KeySet keys) =>
        from key in keys.Keys
        let missing = string.Join(", ", new[] { ("kid", key.KeyId), ("alg", key.Algorithm), ("use", key.Use) }
            .Where(member => string.IsNullOrEmpty(member.Item2)).Select(member => member.Item1))
        where missing.Length > 0
        select Finding.Warning("key-undescribed", $"JWK Set: {Name(key)} lacks {missing}", "Google requires kid, others choose keys by alg and use; publish them");

    public static IEnumerable<Finding> KeyTypesAreKnown(KeySet keys) =>
        from key in keys.Keys
        where key.KeyType is not null && !key.IsKnownType
        select Finding.Warning("key-type-unknown", $"JWK Set: {Name(key)} has type \"{PrintableText.Of(key.KeyType!)}\"", "relying parties skip it or reject the set; keep an RSA key for them");

    private static string Name(SigningKey key) => key.KeyId is null ? "a key without kid" : $"kid \"{PrintableText.Of(key.KeyId)}\"";
}
