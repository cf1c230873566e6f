namespace IssuerGateway.Base;

/// <summary>PEM as people produce it: files joined without a line break in between, or saved with a byte order mark.</summary>
public static class PemText
{
    private const string Begin = "-----BEGIN ";

    /// <summary>Each block on a line of its own; otherwise RFC 7468 §2 has all but the first one be text around it.</summary>
    public static string Separate(string pem) => pem.Replace(Begin, "\n" + Begin, StringComparison.Ordinal);
}
