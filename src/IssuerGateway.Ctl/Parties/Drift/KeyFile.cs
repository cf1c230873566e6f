using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace IssuerGateway.Ctl.Parties.Drift;

/// <summary>Reads public keys as they are uploaded or pinned: a JWK Set, a JWK alone, or PEM blocks.</summary>
internal static class KeyFile
{
    /// <summary>The keys, or what is wrong with the text; no text is repeated, it may hold private keys.</summary>
    public static IReadOnlyList<PinnedKey>? Read(byte[] content, out string fault)
    {
        fault = "";
        try
        {
            string text = Encoding.UTF8.GetString(content);
            PinnedKey[] keys = IsJson(text) ? OfJson(text) : OfPem(WithoutBrackets(text));
            fault = keys.Length > 0 ? "" : "no key";
            return keys.Length > 0 ? keys : null;
        }
        catch (NoUploadException)
        {
            fault = "a provider without uploaded keys (oidc.jwksJson): it fetches the published ones";
            return null;
        }
        catch (Exception e) when (e is JsonException or FormatException or CryptographicException or ArgumentException or InvalidOperationException)
        {
            fault = "what is neither a key set nor public keys in PEM";
            return null;
        }
    }

    // gcloud prints what was uploaded as one text within its own JSON: oidc.jwksJson.
    private static PinnedKey[] OfJson(string text)
    {
        using JsonDocument document = JsonDocument.Parse(text.TrimStart('\uFEFF'));
        JsonElement root = document.RootElement;
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("oidc", out JsonElement oidc))
        {
            return oidc.TryGetProperty("jwksJson", out JsonElement uploaded) && uploaded.ValueKind != JsonValueKind.Null && uploaded.GetString() is { Length: > 0 } set
                ? OfJson(set) : throw new NoUploadException();
        }

        // What -format=json prints of a whole configuration of Vault.
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("data", out JsonElement data) && data.TryGetProperty("jwt_validation_pubkeys", out JsonElement pinned))
        {
            root = pinned;
        }

        IEnumerable<JsonElement> keys = root.ValueKind == JsonValueKind.Array ? root.EnumerateArray()
            : root.TryGetProperty("keys", out JsonElement list) ? list.EnumerateArray() : [root];
        return [.. keys.SelectMany(key => key.ValueKind == JsonValueKind.String ? OfPem(key.GetString()!) : [PinnedKey.OfJwk(key)])];
    }

    // vault read -field=jwt_validation_pubkeys prints its list of PEM keys as [KEY KEY].
    private static bool IsJson(string text) => text.TrimStart('\uFEFF', ' ', '\r', '\n', '\t') is ['{', ..] or ['[', ..] && !text.TrimStart('\uFEFF', ' ', '\r', '\n', '\t', '[').StartsWith("-----BEGIN", StringComparison.Ordinal);

    private static string WithoutBrackets(string text) => text.Replace("[-----BEGIN", "\n-----BEGIN", StringComparison.Ordinal).Replace("-----]", "-----\n", StringComparison.Ordinal);

    private static PinnedKey[] OfPem(string text)
    {
        List<PinnedKey> keys = [];
        for (ReadOnlySpan<char> rest = text; PemEncoding.TryFind(rest, out PemFields fields); rest = rest[fields.Location.End..])
        {
            ReadOnlySpan<char> block = rest[fields.Location];
            keys.Add(rest[fields.Label] switch
            {
                "CERTIFICATE" => OfCertificate(block),
                "PUBLIC KEY" or "RSA PUBLIC KEY" => OfPublicKey(block),
                _ => throw new FormatException("not a public key"),
            });
        }

        return [.. keys];
    }

    private static PinnedKey OfCertificate(ReadOnlySpan<char> pem)
    {
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(pem);
        return OfPublicKey(certificate.PublicKey.ExportSubjectPublicKeyInfo() is var info ? PemEncoding.Write("PUBLIC KEY", info) : []);
    }

    private static PinnedKey OfPublicKey(ReadOnlySpan<char> pem)
    {
        try
        {
            using RSA rsa = RSA.Create();
            rsa.ImportFromPem(pem);
            RSAParameters parameters = rsa.ExportParameters(includePrivateParameters: false);
            return PinnedKey.Rsa(null, parameters.Modulus, parameters.Exponent);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            using ECDsa ec = ECDsa.Create();
            ec.ImportFromPem(pem);
            ECParameters parameters = ec.ExportParameters(includePrivateParameters: false);
            return PinnedKey.Ec(null, CurveName(parameters.Curve), parameters.Q.X, parameters.Q.Y);
        }
    }

    /// <summary>gcloud prints a provider that has no uploaded keys.</summary>
    private sealed class NoUploadException : Exception;

    private static string CurveName(ECCurve curve) => curve.Oid.Value switch
    {
        "1.2.840.10045.3.1.7" => "P-256",
        "1.3.132.0.34" => "P-384",
        "1.3.132.0.35" => "P-521",
        _ => throw new FormatException("curve"),
    };
}
