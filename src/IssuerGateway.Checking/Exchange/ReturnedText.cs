using System.Buffers.Text;
using System.Globalization;
using System.Text;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Exchange;

/// <summary>
/// What a party returned, without the credentials that were sent to it (CWE-532): it may repeat them whole, cut, in pieces
/// with anything between them, in other letters, or encoded once.
/// </summary>
public static class ReturnedText
{
    // How a party may spell them, and how many characters of it in a row are no coincidence: as they are; in base64, which has
    // three alignments; in hexadecimal, also of the bytes of its signature; and percent-encoded or as character references (HTML §13.5).
    private static readonly (Func<string, string> Spell, int Run)[] spellings =
    [
        (text => text, 8),
        .. Enumerable.Range(0, 3).Select(offset => ((Func<string, string>)(text => Convert.ToBase64String(Encoding.UTF8.GetBytes(new string(' ', offset) + text))), 12)),
        (text => Convert.ToHexString(Encoding.UTF8.GetBytes(text)), 16),
        (text => text.Split('.')[^1] is var signature && StrictBase64Url.IsValid(signature) ? Convert.ToHexString(Base64Url.DecodeFromChars(signature)) : "", 16),
        .. ((string[])["25{0:X2}", "x{0:X}", "x{0:X4}", "u{0:X4}", "{0}", "{0:D4}"])
            .Select(format => ((Func<string, string>)(text => string.Concat(text.Select(c => string.Format(CultureInfo.InvariantCulture, format, (int)c)))), 24)),
    ];

    // As it is; and without what separates pieces, where words in a row are a coincidence sooner. Of base64url, - and _ are
    // letters too, but they may also be what separates.
    private static readonly (Func<char, bool> IsRead, int Times)[] readings = [(_ => true, 1), (c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_', 2), (char.IsAsciiLetterOrDigit, 2)];

    public static string Without(string text, IEnumerable<string> credentials, string placeholder)
    {
        string[] given = [.. credentials.Where(each => each.Length > 0)];
        string shown = given.Aggregate(text, (rest, each) => rest.Replace(each, placeholder, StringComparison.Ordinal));
        bool[] hidden = new bool[shown.Length];
        foreach ((Func<char, bool> isRead, int times) in readings)
        {
            string read = Read(shown, isRead);
            int[] places = [.. Enumerable.Range(0, shown.Length).Where(i => isRead(shown[i]))];
            foreach ((Func<string, string> spell, int run) in spellings)
            {
                int length = run * times;
                HashSet<string> runs = [.. given.SelectMany(each => Runs(Read(spell(each), isRead), length))];
                foreach ((int start, _) in Runs(read, length).Index().Where(run => runs.Contains(run.Item)))
                {
                    Array.Fill(hidden, true, places[start], places[start + length - 1] - places[start] + 1);
                }
            }
        }

        return Covered(shown, hidden, placeholder);
    }

    private static string Covered(string text, bool[] hidden, string placeholder)
    {
        // What stands beside a run and may belong to it.
        for (int i = 1; i < text.Length; i++)
        {
            hidden[i] |= hidden[i - 1] && (text[i] is '-' or '_');
        }

        for (int i = text.Length - 2; i >= 0; i--)
        {
            hidden[i] |= hidden[i + 1] && (text[i] is '-' or '_');
        }

        return string.Concat(text.Select((c, i) => !hidden[i] ? c.ToString() : i == 0 || !hidden[i - 1] ? placeholder : ""));
    }

    private static IEnumerable<string> Runs(string text, int length) => Enumerable.Range(0, Math.Max(text.Length - length + 1, 0)).Select(i => text.Substring(i, length));

    private static string Read(string text, Func<char, bool> isRead) => string.Concat(text.Where(isRead)).ToUpperInvariant();
}
