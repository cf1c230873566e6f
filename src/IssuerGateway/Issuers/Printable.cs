namespace IssuerGateway.Issuers;

/// <summary>Foreign text in a message: bounded, and unable to steer a terminal or to break a line.</summary>
internal static class Printable
{
    private const int MaxCharacters = 200;

    public static string Bounded(string text)
    {
        string printable = string.Concat(text.Take(MaxCharacters + 1).Select(c => c is < ' ' or > '~' ? '?' : c));
        return printable.Length <= MaxCharacters ? printable : printable[..MaxCharacters] + "...";
    }
}
