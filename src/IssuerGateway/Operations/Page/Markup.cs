using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;

namespace IssuerGateway.Operations.Page;

/// <summary>
/// A piece of HTML. It is made from interpolated strings only, whose every hole is encoded unless it is markup itself, so
/// that no text of a server, a CA or a file can become markup.
/// </summary>
internal readonly record struct Markup
{
    private readonly string? text;

    private Markup(string text) => this.text = text;

    public static Markup Of(MarkupBuilder builder) => new(builder.Build());

    /// <summary>Text that the program itself holds and no one else writes.</summary>
    public static Markup OfConstant([ConstantExpected] string text) => new(text);

    public static Markup Join(IEnumerable<Markup> parts) => new(string.Concat(parts.Select(part => part.ToString())));

    public override string ToString() => text ?? "";
}

/// <summary>Collects the parts of one interpolated string of <see cref="Markup.Of"/>.</summary>
[InterpolatedStringHandler]
internal readonly struct MarkupBuilder(int literalLength, int formattedCount)
{
    /// <summary>Characters of one text that are shown; a finding names several servers, a kid has at most 256.</summary>
    private const int MaxLength = 2000;

    private readonly StringBuilder text = new(literalLength + (formattedCount * 16));

    public void AppendLiteral(string literal) => text.Append(literal);

    public void AppendFormatted(Markup markup) => text.Append(markup.ToString());

    public void AppendFormatted(int number) => text.Append(CultureInfo.InvariantCulture, $"{number}");

    public void AppendFormatted(string? value) => text.Append(HtmlEncoder.Default.Encode(Visible(value ?? "")));

    public string Build() => text.ToString();

    // What is not seen, changes the direction of what follows, or is drawn over its neighbors becomes U+FFFD.
    private static string Visible(string value)
    {
        StringBuilder visible = new(Math.Min(value.Length, MaxLength));
        foreach (Rune rune in value.EnumerateRunes())
        {
            if (visible.Length >= MaxLength)
            {
                return visible.Append("...").ToString();
            }

            visible.Append(IsHarmless(rune) ? rune.ToString() : "\uFFFD");
        }

        return visible.ToString();
    }

    private static bool IsHarmless(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.SpacingCombiningMark
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
