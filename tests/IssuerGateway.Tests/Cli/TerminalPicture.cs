using System.Globalization;
using System.Security;
using System.Text;

namespace IssuerGateway.Tests.Cli;

/// <summary>The text of a terminal as an SVG for the documentation: the characters stay text, so that the picture is small and can be searched.</summary>
internal static class TerminalPicture
{
    private const double Column = 8.4;
    private const int Row = 19;
    private const int Margin = 16;

    public static string Of(string command, string output)
    {
        string[] lines = [$"$ {command}", .. output.TrimEnd('\n').Split('\n')];
        int columns = Math.Max(80, lines.Max(line => line.Length));
        string width = ((columns * Column) + (2 * Margin)).ToString("0", CultureInfo.InvariantCulture);
        int height = (lines.Length * Row) + (2 * Margin);
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<title>{SecurityElement.Escape(command)}</title>\n<rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"#1e2127\"/>\n");
        svg.Append("<g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" font-size=\"14\" fill=\"#d7dae0\">\n");
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].Length > 0)
            {
                svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Margin}\" y=\"{Margin + 14 + (i * Row)}\" textLength=\"{lines[i].Length * Column:0.#}\" lengthAdjust=\"spacingAndGlyphs\">{Colored(lines[i]).Replace("<tspan ", "<tspan\t", StringComparison.Ordinal).Replace(' ', '\u00a0').Replace('\t', ' ')}</text>\n");
            }
        }

        return svg.Append("</g>\n</svg>\n").ToString();
    }

    // As the program colors its marks on a terminal.
    private static string Colored(string line)
    {
        int start = line.AsSpan().IndexOfAnyExcept(' ');
        string? color = line[start] switch { '✓' => "#7ec16e", '!' => "#e0b65c", '✗' => "#f2777a", '–' => "#8a919e", _ => null };
        return color is null
            ? SecurityElement.Escape(line)!
            : $"{line[..start]}<tspan fill=\"{color}\">{line[start]}</tspan>{SecurityElement.Escape(line[(start + 1)..])}";
    }
}
