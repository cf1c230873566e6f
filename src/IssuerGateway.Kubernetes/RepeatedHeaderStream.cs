namespace IssuerGateway.Kubernetes;

/// <summary>
/// Sends a header with several values as one line for each, as the API server wants it (RFC 9110 §5.3 lets it differ: the
/// values are no list). HttpClient joins them with a comma. The values are joined with a control character that no other
/// part of a request holds, and behind it the name, which takes the place of a line break here.
/// </summary>
internal sealed class RepeatedHeaderStream(Stream inner) : Stream
{
    private const char Separator = '\u0001';
    private static readonly byte[] lineBreak = "\r\n"u8.ToArray();

    public override bool CanRead => inner.CanRead;

    public override bool CanSeek => false;

    public override bool CanWrite => inner.CanWrite;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public static string Join(string name, IEnumerable<string> values) => string.Join($"{Separator}{name}: ", values);

    /// <summary>Whether a value can be sent in a header at all.</summary>
    public static bool IsSendable(string value) => value.Length > 0 && value.All(character => character is >= ' ' and <= '~');

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        for (int end; (end = buffer.Span.IndexOf((byte)Separator)) >= 0; buffer = buffer[(end + 1)..])
        {
            await inner.WriteAsync(buffer[..end], cancellationToken);
            await inner.WriteAsync(lineBreak, cancellationToken);
        }

        await inner.WriteAsync(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => inner.ReadAsync(buffer, offset, count, cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => inner.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
