using System.Buffers;

namespace IssuerGateway.Fuzz.Targets;

/// <summary>Bytes as they arrive: in pieces.</summary>
internal sealed class Segments : ReadOnlySequenceSegment<byte>
{
    private Segments(byte[] bytes, long index)
    {
        Memory = bytes;
        RunningIndex = index;
    }

    public static ReadOnlySequence<byte> Of(byte[] bytes, int size)
    {
        Segments first = new([], 0);
        Segments last = first;
        foreach (byte[] piece in bytes.Chunk(size))
        {
            Segments next = new(piece, last.RunningIndex + last.Memory.Length);
            last.Next = next;
            last = next;
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }
}
