using System.Text.Json;
using IssuerGateway.Base;

namespace IssuerGateway.Ctl.Parties.Google;

/// <summary>What Google rejects in a key set that is uploaded.</summary>
internal static class UploadedKeySet
{
    private const int MaxBytes = 256 * 1024;
    private static readonly string[] members = ["kty", "alg", "use", "kid", "n", "e", "crv", "x", "y"];

    public static void Check(string file, string option, OptionValues values)
    {
        const string hint = "take the published key set as it is: kubectl get --raw /openid/v1/jwks";
        byte[] content;
        try
        {
            content = NamedFile.Read(file, MaxBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            values.Reject(option, PrintableText.Quote(file), $"a file that can be read, at most {MaxBytes} bytes", hint);
            return;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(content);
            JsonElement[] keys = [.. document.RootElement.GetProperty("keys").EnumerateArray()];
            string[] foreign = [.. keys.SelectMany(key => key.EnumerateObject()).Select(member => member.Name).Distinct().Except(members)];
            if (keys.Length == 0 || foreign.Length > 0)
            {
                values.Reject(option, keys.Length == 0 ? "no key" : $"members {PrintableText.Of(string.Join(", ", foreign))}", $"keys with {string.Join(", ", members)} only (Google, jwks_json)", hint);
            }

            if (keys.Any(key => !key.TryGetProperty("kid", out _) || key.GetProperty("kty").GetString() is not ("RSA" or "EC")))
            {
                values.Reject(option, "a key without kid or of another type", "RSA and EC keys with kid (Google, jwks_json)", hint);
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            values.Reject(option, "no key set", "a JWK Set (RFC 7517 §5)", hint);
        }
    }
}
