namespace IssuerGateway.Checking.Exchange;

/// <summary>
/// What a party returned, without the credentials that were sent to it (CWE-532): it may repeat them whole, cut, in pieces
/// with anything between them, or in other letters.
/// </summary>
public static class ReturnedText
{
    /// <summary>So many characters in a row are no coincidence.</summary>
    private const int MinRun = 16;

    // Without what separates pieces. Of base64url, - and _ are letters too, but they may also be what separates.
    private static readonly Func<char, bool>[] readings = [c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_', char.IsAsciiLetterOrDigit];

    public static string Without(string text, IEnumerable<string> credentials, string placeholder)
    {
        string[] given = [.. credentials.Where(each => each.Length > 0)];
        string shown = given.Aggregate(text, (rest, each) => rest.Replace(each, placeholder, StringComparison.Ordinal));
        bool[] hidden = new bool[shown.Length];
        foreach (Func<char, bool> isRead in readings)
        {
            HashSet<string> runs = [.. given.SelectMany(each => Runs(Read(each, isRead)))];
            int[] places = [.. Enumerable.Range(0, shown.Length).Where(i => isRead(shown[i]))];
            foreach ((int start, _) in Runs(Read(shown, isRead)).Index().Where(run => runs.Contains(run.Item)))
            {
                Array.Fill(hidden, true, places[start], places[start + MinRun - 1] - places[start] + 1);
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

    private static IEnumerable<string> Runs(string text) => Enumerable.Range(0, Math.Max(text.Length - MinRun + 1, 0)).Select(i => text.Substring(i, MinRun));

    private static string Read(string text, Func<char, bool> isRead) => string.Concat(text.Where(isRead)).ToUpperInvariant();
}
