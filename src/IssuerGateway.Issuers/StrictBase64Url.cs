using System.Buffers;
using System.Buffers.Text;

namespace IssuerGateway.Issuers;

/// <summary>base64url as JOSE writes it: without padding and white space (RFC 7515 §2), which .NET's own reader lets pass.</summary>
public static class StrictBase64Url
{
    private static readonly SearchValues<char> alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    public static bool IsValid(string text) => !text.AsSpan().ContainsAnyExcept(alphabet) && Base64Url.IsValid(text);
}
