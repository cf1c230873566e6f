namespace IssuerGateway.Checking;

/// <summary>Remote text made fit for a terminal: printable ASCII, bounded, so that no server can steer the screen.</summary>
internal static class SafeText
{
    private const int Most = 300;

    public static string Of(string? text)
    {
        if (text is null)
        {
            return "";
        }

        string bounded = text.Length > Most ? text[..Most] : text;
        string printable = string.Concat(bounded.Select(c => c is < ' ' or > '~' ? '?' : c));
        return text.Length > Most ? printable + "..." : printable;
    }
}
