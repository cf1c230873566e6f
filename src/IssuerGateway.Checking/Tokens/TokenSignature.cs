using System.Security.Cryptography;
using System.Text;
using IssuerGateway.Issuers;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace IssuerGateway.Checking.Tokens;

/// <summary>Validates the signature of a token, and nothing else, by Microsoft.IdentityModel.</summary>
internal static class TokenSignature
{
    public static async Task<bool> IsByAsync(string token, SigningKey key)
    {
        try
        {
            TokenValidationParameters parameters = new()
            {
                IssuerSigningKey = new JsonWebKey(Encoding.UTF8.GetString(key.Member.Span)),
                TryAllIssuerSigningKeys = true,
                ValidateIssuer = false,
                ValidateAudience = false,
                ValidateLifetime = false,
            };
            return (await new JsonWebTokenHandler { MaximumTokenSizeInBytes = CompactToken.MaxCharacters }.ValidateTokenAsync(token, parameters)).IsValid;
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException or NotSupportedException)
        {
            // The key is one that the library cannot read; that is reported of the key.
            return false;
        }
    }
}
