using System.Globalization;

namespace IssuerGateway.Checking.Reports;

/// <summary>What a person does not see in a text, and must not copy into a registration: white space, control characters, what is not ASCII.</summary>
internal static class HiddenCharacters
{
    /// <summary>A noun phrase such as <c>white space at its end</c>; null for a text that is what it looks like.</summary>
    public static string? In(string? text)
    {
        int odd = text.AsSpan().IndexOfAnyExceptInRange('!', '~');
        if (text is null || odd < 0)
        {
            return null;
        }

        return (char.IsWhiteSpace(text[0]), char.IsWhiteSpace(text[^1])) switch
        {
            _ when text.All(char.IsWhiteSpace) => "nothing but white space in it",
            (true, true) => "white space at its beginning and at its end",
            (true, false) => "white space at its beginning",
            (false, true) => "white space at its end",
            _ when char.IsWhiteSpace(text[odd]) => "white space within it",
            _ => string.Create(CultureInfo.InvariantCulture, $"the character U+{(int)text[odd]:X4} in it, which is not printable ASCII"),
        };
    }

    /// <summary>The text in quotes, and in words what cannot be seen of it.</summary>
    public static string Named(string? text) => In(text) is { } hidden ? $"{ShownText.Quote(text)} (with {hidden})" : ShownText.Quote(text);
}
