namespace IssuerGateway.Base;

/// <summary>What a person typed or a server sent, made safe for a terminal and a log: one bounded line of printable ASCII.</summary>
public static class PrintableText
{
    private const int MaxLength = 300;

    /// <summary>The text with every other character as <c>?</c>, cut after 300 characters with <c>...</c>; empty for null.</summary>
    public static string Of(string? text) => Of(text, MaxLength);

    public static string Of(string? text, int maxLength)
    {
        if (text is null)
        {
            return "";
        }

        string bounded = text.Length > maxLength ? text[..maxLength] : text;
        string printable = string.Concat(bounded.Select(c => c is < ' ' or > '~' ? '?' : c));
        return text.Length > maxLength ? printable + "..." : printable;
    }

    /// <summary><see cref="Of"/> in double quotes.</summary>
    public static string Quote(string? text) => Quote(text, MaxLength);

    public static string Quote(string? text, int maxLength) => $"\"{Of(text, maxLength)}\"";
}
