namespace IssuerGateway.Base;

/// <summary>Reads a whole file or body, and never more of it than is allowed: null when there is more.</summary>
public static class BoundedReading
{
    public static byte[]? Read(Stream stream, int maxBytes)
    {
        byte[] buffer = BufferFor(null, maxBytes);
        int length = 0;
        while ((length += stream.ReadAtLeast(buffer.AsSpan(length), buffer.Length - length, throwOnEndOfStream: false)) == buffer.Length && length <= maxBytes)
        {
            Grow(ref buffer, maxBytes);
        }

        return length > maxBytes ? null : buffer[..length];
    }

    /// <summary>A body that says beforehand that it is larger is not read at all.</summary>
    public static async Task<byte[]?> ReadAsync(HttpContent content, int maxBytes, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength > maxBytes)
        {
            return null;
        }

        byte[] buffer = BufferFor(content.Headers.ContentLength, maxBytes);
        int length = 0;
        await using Stream stream = await content.ReadAsStreamAsync(cancellationToken);
        while ((length += await stream.ReadAtLeastAsync(buffer.AsMemory(length), buffer.Length - length, throwOnEndOfStream: false, cancellationToken)) == buffer.Length && length <= maxBytes)
        {
            Grow(ref buffer, maxBytes);
        }

        return length > maxBytes ? null : buffer[..length];
    }

    // One byte more than expected, so that the end shows in the same read.
    private static byte[] BufferFor(long? expected, int maxBytes) => new byte[Math.Clamp(expected ?? 8191, 0, maxBytes) + 1];

    private static void Grow(ref byte[] buffer, int maxBytes) => Array.Resize(ref buffer, (int)Math.Min(buffer.Length * 2L, maxBytes + 1L));
}
