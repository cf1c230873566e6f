using System.Text;

namespace IssuerGateway.Tests.Operations;

/// <summary>A pipe: takes what is written until it is stuck, then lets writes wait until it is read again.</summary>
internal sealed class StuckStream : Stream
{
    private readonly MemoryStream taken = new();
    private readonly ManualResetEventSlim isRead = new(initialState: false);
    private readonly ManualResetEventSlim isEntered = new(initialState: false);

    public string Text
    {
        get
        {
            lock (taken)
            {
                return Encoding.UTF8.GetString(taken.ToArray());
            }
        }
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public void Read() => isRead.Set();

    public void WaitUntilStuck() => Assert.True(isEntered.Wait(TimeSpan.FromSeconds(10)));

    public override void Write(byte[] buffer, int offset, int count)
    {
        isEntered.Set();
        isRead.Wait();
        lock (taken)
        {
            taken.Write(buffer, offset, count);
        }
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    // The writer may still be in a write, which ends now.
    protected override void Dispose(bool disposing)
    {
        Read();
        base.Dispose(disposing);
    }
}
