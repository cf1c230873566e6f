using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace IssuerGateway.Kubernetes.Trust;

/// <summary>PEM as an operator's editor, cat or script makes it: with a byte order mark, or with blocks on one line.</summary>
public static class PemText
{
    private const string Begin = "-----BEGIN ";

    /// <summary>The text without its byte order mark, which would hide the first block; in UTF-16 too, as PowerShell writes it.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        using StreamReader reader = new(new MemoryStream(bytes.ToArray()), Encoding.UTF8, detectEncodingFromByteOrderMarks: true);
        return reader.ReadToEnd().TrimStart('\uFEFF');
    }

    /// <summary>The text with each block on a line of its own; otherwise parsers take all but the first for text around it (RFC 7468 §2).</summary>
    public static string Separated(ReadOnlySpan<byte> bytes) => Decode(bytes).Replace(Begin, $"\n{Begin}", StringComparison.Ordinal);

    /// <summary>Every certificate of a CA bundle, also of one that was put together without line breaks.</summary>
    public static X509Certificate2Collection Bundle(ReadOnlySpan<byte> bytes)
    {
        X509Certificate2Collection certificates = [];
        certificates.ImportFromPem(Separated(bytes));
        return certificates;
    }

    /// <summary>Null when every block that begins in the text can be read as one: a block glued to another is dropped by parsers in silence.</summary>
    public static string? FaultOf(string text)
    {
        int begun = 0;
        for (int at = text.IndexOf(Begin, StringComparison.Ordinal); at >= 0; at = text.IndexOf(Begin, at + Begin.Length, StringComparison.Ordinal))
        {
            begun++;
        }

        int whole = Blocks(text).Count();
        return begun == whole ? null : $"{begun} PEM blocks, of which {whole} can be read; each has to begin on a line of its own and to be complete";
    }

    /// <summary>The first private key, as PEM.</summary>
    public static string? PrivateKey(string text) => Blocks(text).FirstOrDefault(block => block.StartsWith(Begin, StringComparison.Ordinal) && block.AsSpan(0, block.IndexOf('\n') < 0 ? block.Length : block.IndexOf('\n')).Contains("PRIVATE KEY", StringComparison.Ordinal));

    private static IEnumerable<string> Blocks(string text)
    {
        int from = 0;
        while (from < text.Length && PemEncoding.TryFind(text.AsSpan(from), out PemFields fields))
        {
            yield return text[from..][fields.Location];
            from += fields.Location.End.GetOffset(text.Length - from);
        }
    }
}
