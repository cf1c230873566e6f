using System.Buffers.Text;

namespace IssuerGateway.Acme.Signing;

/// <summary>The key of an external account as CAs hand it out (RFC 8555 §7.3.4): base64url by the standard, any base64 in practice.</summary>
public static class EabKey
{
    /// <summary>Null when the text is not base64. White space around and within it, padding and both alphabets are taken.</summary>
    public static byte[]? Parse(string text)
    {
        string compact = string.Concat(text.Where(c => !char.IsWhiteSpace(c) && c != '\uFEFF')).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        return compact.Length > 0 && Base64Url.IsValid(compact) ? Base64Url.DecodeFromChars(compact) : null;
    }
}
