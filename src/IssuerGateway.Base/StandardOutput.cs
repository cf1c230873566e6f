namespace IssuerGateway.Base;

/// <summary>Standard output that is closed or full.</summary>
public sealed class StandardOutputException(Exception cause) : IOException(cause is UnauthorizedAccessException ? "it is closed" : cause.Message, cause);

/// <summary>Standard output whose failures can be told from those of other files: <see cref="StandardOutputException"/>. A reader that has left is no failure.</summary>
internal sealed class StandardOutput(Stream inner) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    // .NET reports a descriptor that is closed, or open for reading only, as denied access.
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            inner.Write(buffer);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StandardOutputException(e);
        }
    }
}
