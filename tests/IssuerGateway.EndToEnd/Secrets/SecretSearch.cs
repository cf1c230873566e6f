using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace IssuerGateway.EndToEnd.Secrets;

/// <summary>
/// Finds secrets in texts, in the form in which they are kept and as base64, base64url and hexadecimal of their bytes, also
/// when only a part of one shows, or when it is somewhere in what is encoded. It names what was found where, never the secret.
/// </summary>
internal sealed class SecretSearch
{
    /// <summary>So much of a secret is taken for it: 24 characters cannot come about by chance.</summary>
    private const int Part = 24;

    private readonly Dictionary<string, string> needles = new(StringComparer.Ordinal);

    // One look at a text for all of them: most show none.
    private SearchValues<string>? any;

    /// <param name="name">What it is, for the report.</param>
    public void Add(string name, string secret)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(secret);
        AddForms(name, secret, bytes);
    }

    public void Add(string name, byte[] secret) => AddForms(name, null, secret);

    public IReadOnlyList<string> Find(string place, string text)
    {
        // PEM and JSON break long texts: without their line ends a secret is one run again.
        string joined = text.Replace("\\n", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal).Replace("\r", "", StringComparison.Ordinal);
        HashSet<string> parts = [];
        List<string> found = [];
        any ??= SearchValues.Create([.. needles.Keys], StringComparison.OrdinalIgnoreCase);
        foreach ((string needle, string name) in joined.AsSpan().ContainsAny(any) ? needles : [])
        {
            if (joined.Contains(needle, StringComparison.OrdinalIgnoreCase) && parts.Add(name))
            {
                found.Add($"{place} shows {name}");
            }
        }

        if (text.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
        {
            found.Add($"{place} shows a private key that nobody registered");
        }

        return found;
    }

    private void AddForms(string name, string? raw, byte[] bytes)
    {
        any = null;
        foreach (string form in new[] { raw, Convert.ToHexString(bytes) }.OfType<string>().Concat(Base64Of(bytes)))
        {
            // Beginning, middle and end: a log line that cuts a secret off shows it all the same.
            foreach (int at in (int[])[0, (form.Length - Part) / 2, form.Length - Part])
            {
                if (at >= 0)
                {
                    needles[form.Substring(at, Part)] = name;
                }
            }
        }
    }

    // Three bytes make four characters: how a secret within something longer looks depends on where it begins. Its first and
    // last characters then depend on its neighbors.
    private static IEnumerable<string> Base64Of(byte[] bytes) =>
        from before in Enumerable.Range(0, 3)
        let shifted = (byte[])[.. new byte[before], .. bytes]
        let whole = shifted.AsSpan(0, shifted.Length / 3 * 3).ToArray()
        from form in (string[])[Convert.ToBase64String(whole), Base64Url.EncodeToString(whole)]
        select before == 0 ? form : form[4..];
}
