using System.IO.Compression;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Fetching;

/// <summary>A body in a coding that nobody requested (RFC 9110 §8.4.1), as it is common where files were compressed before they were uploaded.</summary>
internal static class ContentCoding
{
    public static bool IsIdentity(string? coding) => string.IsNullOrWhiteSpace(coding) || coding.Equals("identity", StringComparison.OrdinalIgnoreCase);

    public static bool IsGzip(string coding) => coding.Equals("gzip", StringComparison.OrdinalIgnoreCase) || coding.Equals("x-gzip", StringComparison.OrdinalIgnoreCase);

    /// <summary>The decoded body; null for another coding than gzip, and for a damaged body.</summary>
    /// <param name="isTooLarge">Whether it is larger than a document may be, so that only its beginning is returned.</param>
    public static byte[]? Decode(string coding, byte[] body, out bool isTooLarge)
    {
        isTooLarge = false;
        if (!IsGzip(coding))
        {
            return null;
        }

        try
        {
            using GZipStream decoder = new(new MemoryStream(body), CompressionMode.Decompress);
            byte[] decoded = new byte[StrictJson.MaxBytes + 1];
            int length = decoder.ReadAtLeast(decoded, decoded.Length, throwOnEndOfStream: false);
            isTooLarge = length > StrictJson.MaxBytes;
            return length > 0 ? decoded[..length] : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
