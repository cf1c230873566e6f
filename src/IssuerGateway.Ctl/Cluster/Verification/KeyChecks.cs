using System.Text.Json;
using IssuerGateway.Ctl.Cluster.Inspection;

namespace IssuerGateway.Ctl.Cluster.Verification;

/// <summary>The key sets of all servers, the keys that sign, and what the gateway publishes of them.</summary>
internal static class KeyChecks
{
    public static IEnumerable<VerifyCheck> Of(IReadOnlyList<ObservedServer> servers, VerifyRequest request)
    {
        ObservedServer[] read = [.. servers.Where(server => server.Documents.Keys.Count > 0)];
        if (read.Length == 0)
        {
            yield return new VerifyCheck("key-sets", null, CheckOutcome.Unknown, "no server's JWK Set could be read", "bind the role system:service-account-issuer-discovery to this user");
            yield break;
        }

        string[] all = [.. read.SelectMany(KeysOf).Distinct().Order(StringComparer.Ordinal)];
        foreach (ObservedServer server in read)
        {
            string[] missing = [.. all.Except(KeysOf(server))];
            yield return missing.Length == 0
                ? new VerifyCheck("key-sets", server.Name, CheckOutcome.Passed, $"publishes the same {all.Length} {(all.Length == 1 ? "key" : "keys")} as the others")
                : new VerifyCheck("key-sets", server.Name, CheckOutcome.Failed, $"does not publish {string.Join(", ", missing)}, which another server does", "bring the same --service-account-key-file to every server");
            if (server.Fresh?.KeyId is { } kid && !all.Contains(kid))
            {
                yield return new VerifyCheck("signing-key", server.Name, CheckOutcome.Failed, $"signs with key {IssuerGateway.Base.PrintableText.Of(kid)}, which no server publishes", "add its public key to --service-account-key-file of every server");
            }
        }

        if (request.AfterKeyRoll is { } roll)
        {
            foreach (ObservedServer server in read)
            {
                yield return AfterKeyRoll(server, roll);
            }
        }

        if (request.GatewayStatus is { } status)
        {
            yield return Gateway(status, all, request);
        }
    }

    private static VerifyCheck AfterKeyRoll(ObservedServer server, int roll)
    {
        bool hasRsa = server.Documents.Keys.Any(key => key.KeyType == "RSA");
        bool hasEllipticCurve = server.Documents.Keys.Any(key => key.KeyType == "EC");
        string algorithm = IssuerGateway.Base.PrintableText.Of(server.Fresh?.Algorithm);
        string shown = $"publishes {string.Join(", ", server.Documents.Keys.Select(key => key.KeyType).Distinct())} keys and signs with {(algorithm.Length == 0 ? "an unknown algorithm" : algorithm)}";
        bool isRight = roll switch
        {
            1 => hasRsa && algorithm.StartsWith("ES", StringComparison.Ordinal),
            2 => hasRsa && hasEllipticCurve && algorithm == "RS256",
            _ => hasRsa && !hasEllipticCurve && algorithm == "RS256",
        };
        return new VerifyCheck("key-roll", server.Name, isRight ? CheckOutcome.Passed : CheckOutcome.Failed, shown, roll switch
        {
            1 => "expected an RSA key beside the EC key, and the EC key still signing",
            2 => "expected RS256, with the EC key still published",
            _ => "expected RSA keys only, and RS256",
        });
    }

    private static VerifyCheck Gateway(string status, string[] keys, VerifyRequest request)
    {
        const string rule = "gateway";
        if (Parse(status) is not { } document || document.At("issuers") is null)
        {
            return new VerifyCheck(rule, null, CheckOutcome.Unknown, "the text is not the /status of a gateway", "read it from the gateway's operations listener: curl http://127.0.0.1:9090/status");
        }

        JsonElement[] issuers = [.. document.ItemsAt("issuers")];
        JsonElement found = issuers.FirstOrDefault(issuer => issuer.TextAt("issuer") == request.Issuer);
        if (found.ValueKind != JsonValueKind.Object)
        {
            return new VerifyCheck(rule, null, CheckOutcome.Failed, $"the gateway has no issuer {request.Issuer}, but {string.Join(", ", issuers.Select(issuer => issuer.TextAt("issuer")))}",
                "set Issuers:0:Identifier of the gateway before the roll that moves the issuer to the first place");
        }

        string[] published = [.. found.ItemsAt("keys").Where(key => key.At("removed") is null or { ValueKind: JsonValueKind.Null }).Select(key => key.TextAt("keyId")).OfType<string>()];
        string[] missing = [.. keys.Except(published)];
        bool isPublished = found.At("isPublished") is { ValueKind: JsonValueKind.True };
        return (isPublished, missing.Length) switch
        {
            // Until the new issuer signs, the discovery document names the old one and the gateway has nothing to publish.
            (false, _) when request.AfterRoll == 1 => new VerifyCheck(rule, null, CheckOutcome.Information, "the gateway does not publish the new issuer yet: the API servers still name the old one"),
            (false, _) => new VerifyCheck(rule, null, CheckOutcome.Failed, "the gateway publishes nothing for this issuer", "see its findings in /status"),
            (_, > 0) => new VerifyCheck(rule, null, CheckOutcome.Failed, $"the gateway does not publish {string.Join(", ", missing)}", "wait for its next refresh (30 s by default) and run verify again"),
            _ => new VerifyCheck(rule, null, CheckOutcome.Passed, $"the gateway publishes this issuer with all {keys.Length} {(keys.Length == 1 ? "key" : "keys")} of the servers"),
        };
    }

    private static JsonElement? Parse(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static IEnumerable<string> KeysOf(ObservedServer server) => server.Documents.Keys.Select(key => key.KeyId);
}
