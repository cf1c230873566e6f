using System.Buffers;
using System.Collections.Concurrent;

namespace IssuerGateway.Tests.Transport;

/// <summary>
/// A memory pool that fills each block with a pattern when it comes back and never hands it out again, so that a block
/// that is given back twice, or written after that, is found; what is read after that is the pattern.
/// </summary>
internal sealed class PoisoningMemoryPool : MemoryPool<byte>
{
    public const byte Poison = 0xDB;

    private readonly ConcurrentQueue<Block> returned = new();
    private int rented;
    private int twice;

    public override int MaxBufferSize => 4096;

    /// <summary>Blocks that are out.</summary>
    public int Outstanding => Volatile.Read(ref rented) - returned.Count;

    public int Rented => Volatile.Read(ref rented);

    /// <summary>Blocks that came back more than once.</summary>
    public int ReturnedTwice => Volatile.Read(ref twice);

    /// <summary>Blocks that somebody has written to since they came back.</summary>
    public int WrittenAfterwards => returned.Count(block => block.Memory.Span.IndexOfAnyExcept(Poison) >= 0);

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        Interlocked.Increment(ref rented);
        return new Block(this, Math.Max(minBufferSize, 4096));
    }

    protected override void Dispose(bool disposing)
    {
    }

    private sealed class Block(PoisoningMemoryPool pool, int size) : IMemoryOwner<byte>
    {
        private readonly byte[] bytes = new byte[size];
        private int isReturned;

        public Memory<byte> Memory => bytes;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref isReturned, 1) != 0)
            {
                Interlocked.Increment(ref pool.twice);
                return;
            }

            bytes.AsSpan().Fill(Poison);
            pool.returned.Enqueue(this);
        }
    }
}
