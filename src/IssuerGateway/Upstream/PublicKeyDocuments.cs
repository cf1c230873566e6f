using System.Text;
using IssuerGateway.Issuers;

namespace IssuerGateway.Upstream;

/// <summary>The two documents that a Kubernetes API server makes of the same keys, byte for byte.</summary>
internal static class PublicKeyDocuments
{
    /// <summary>In the order of the files, as the API server lists its --service-account-key-file; a key given twice is listed once.</summary>
    public static byte[] KeySet(IEnumerable<PublicKeyJwk> keys) =>
        Encoding.UTF8.GetBytes($$"""{"keys":[{{string.Join(',', keys.DistinctBy(key => key.KeyId).Select(key => key.Json))}}]}""");

    public static byte[] Discovery(string issuer, string jwksUri, IEnumerable<PublicKeyJwk> keys)
    {
        IEnumerable<string> algorithms = keys.Select(key => key.Algorithm).Distinct().Order(StringComparer.Ordinal).Select(GoJson.Quote);
        return Encoding.UTF8.GetBytes(
            $$"""{"issuer":{{GoJson.Quote(issuer)}},"jwks_uri":{{GoJson.Quote(jwksUri)}},"response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":[{{string.Join(',', algorithms)}}]}""");
    }
}
