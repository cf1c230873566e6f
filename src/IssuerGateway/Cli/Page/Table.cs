using IssuerGateway.Operations.Page;

namespace IssuerGateway.Cli.Page;

/// <summary>A table that a narrow screen shows as one block a row, each cell with its column's name.</summary>
internal static class Table
{
    /// <param name="title">Empty where the heading above it says what it is.</param>
    /// <param name="total">How many rows there are, of which those given may be the first.</param>
    public static Markup Of(string title, IReadOnlyList<string> columns, int total, IEnumerable<IReadOnlyList<Markup>> rows)
    {
        if (total == 0)
        {
            return default;
        }

        IReadOnlyList<Markup>[] shown = [.. rows];
        Markup head = Markup.Join(columns.Select(column => Markup.Of($"<th scope=\"col\">{column}</th>")));
        Markup body = Markup.Join(shown.Select(row => Markup.Of($"<tr>{Markup.Join(row.Select((cell, i) => Markup.Of($"<td data-label=\"{columns[i]}\">{cell}</td>")))}</tr>\n")));
        Markup more = total > shown.Length ? Markup.Of($"<p>{total - shown.Length} more are in <a href=\"/status\">/status</a>.</p>\n") : default;
        Markup heading = title.Length == 0 ? default : Markup.Of($"<h3>{title}</h3>\n");
        return Markup.Of($"{heading}<table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table>\n{more}");
    }
}
