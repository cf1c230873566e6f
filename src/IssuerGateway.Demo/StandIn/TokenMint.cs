using System.Buffers.Text;
using System.Text;

namespace IssuerGateway.Demo.StandIn;

/// <summary>Signs ServiceAccount tokens that differ from the recorded ones in nothing but their values.</summary>
internal static class TokenMint
{
    public static MintedToken Mint(ServiceAccountKey key, string issuer, ServiceAccount account, IReadOnlyList<string> audiences, DateTimeOffset now, TimeSpan lifetime)
    {
        long issued = now.ToUnixTimeSeconds();
        DateTimeOffset expires = DateTimeOffset.FromUnixTimeSeconds(issued) + lifetime;
        string header = $$"""
            {"alg":"{{key.Algorithm}}","kid":{{GoJson.Text(key.KeyId)}}}
            """;
        string claims = $$$"""
            {"aud":{{{GoJson.Texts(audiences)}}},"exp":{{{expires.ToUnixTimeSeconds()}}},"iat":{{{issued}}},"iss":{{{GoJson.Text(issuer)}}},"jti":"{{{Guid.NewGuid()}}}","kubernetes.io":{"namespace":{{{GoJson.Text(account.Namespace)}}},"serviceaccount":{"name":{{{GoJson.Text(account.Name)}}},"uid":"{{{account.Uid}}}"}},"nbf":{{{issued}}},"sub":{{{GoJson.Text(account.Subject)}}}}
            """;
        return new MintedToken(Sign(key, header, claims), account, key, audiences, expires);
    }

    /// <summary>A compact JWS (RFC 7515 §7.1) of any header and claims; also makes tokens that must be rejected.</summary>
    public static string Sign(ServiceAccountKey key, string header, string claims)
    {
        string input = $"{Encoded(Encoding.UTF8.GetBytes(header))}.{Encoded(Encoding.UTF8.GetBytes(claims))}";
        return $"{input}.{Encoded(key.Sign(Encoding.ASCII.GetBytes(input)))}";
    }

    private static string Encoded(byte[] bytes) => Base64Url.EncodeToString(bytes);
}
