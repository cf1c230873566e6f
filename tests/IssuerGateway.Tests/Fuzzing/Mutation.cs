using CsCheck;
using IssuerGateway.Fuzz;

namespace IssuerGateway.Tests.Fuzzing;

/// <summary>Inputs near those of a corpus: bytes changed, cut out, doubled, put in, and two inputs joined.</summary>
internal static class Mutation
{
    private static readonly byte[][] words =
    [
        .. new[] { "null", "[]", "{}", "[null]", "\"\"", "\"\\ud800\"", "\\u0064", "\\u001b", "\"d\":\"AA\",", "-1", "1e400", "9999-12-31T23:59:59.9999999+00:00", "https://", "..", "\r\n", "\0" }
            .Select(System.Text.Encoding.ASCII.GetBytes),
    ];

    public static IReadOnlyList<byte[]> CorpusOf(FuzzTarget target) => [.. Directory.EnumerateFiles(target.CorpusDirectory).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];

    public static Gen<byte[]> Of(IReadOnlyList<byte[]> corpus) =>
        from seed in Gen.Int[0, corpus.Count - 1].Select(i => corpus[i])
        from other in Gen.Int[0, corpus.Count - 1].Select(i => corpus[i])
        from steps in Step.Array[1, 6]
        select steps.Aggregate(seed, (bytes, step) => step.Kind == 5 ? [.. Head(bytes, step.At), .. Tail(other, step.At)] : Apply(bytes, step));

    private static Gen<(int Kind, double At, int Length, byte Value, int Word)> Step =>
        Gen.Select(Gen.Int[0, 5], Gen.Double[0, 0.9999], Gen.Int[1, 16], Gen.Byte, Gen.Int[0, words.Length - 1]);

    private static byte[] Apply(byte[] bytes, (int Kind, double At, int Length, byte Value, int Word) step)
    {
        int at = (int)(bytes.Length * step.At);
        int end = Math.Min(bytes.Length, at + step.Length);
        return step.Kind switch
        {
            0 when bytes.Length > 0 => [.. bytes[..at], step.Value, .. bytes[(at + 1)..]],
            1 => [.. bytes[..at], .. bytes[end..]],
            2 => [.. bytes[..end], .. bytes[at..]],
            3 => [.. bytes[..at], .. words[step.Word], .. bytes[at..]],
            4 => [.. bytes[..at], .. words[step.Word], .. bytes[end..]],
            _ => bytes,
        };
    }

    private static byte[] Head(byte[] bytes, double at) => bytes[..(int)(bytes.Length * at)];

    private static byte[] Tail(byte[] bytes, double at) => bytes[(int)(bytes.Length * at)..];
}
