using System.Text;

namespace IssuerGateway.Ctl.Cluster.Reports;

/// <summary>Writes headings, lists and code for a person; the same report as plain text or as Markdown.</summary>
internal abstract class ReportWriter
{
    private readonly StringBuilder text = new();

    public static ReportWriter Plain() => new PlainWriter();

    public static ReportWriter Markdown() => new MarkdownWriter();

    public abstract void Heading(int level, string title);

    public abstract void Paragraph(string paragraph);

    public abstract void Item(string item);

    /// <summary>A name and its value, as a line of a block.</summary>
    public abstract void Value(string name, string value);

    public abstract void Code(string language, string code);

    public override string ToString() => text.ToString().TrimEnd('\n') + "\n";

    /// <summary>A line; an empty one is never written twice or first.</summary>
    protected void Line(string line)
    {
        if (line.Length > 0 || (text.Length > 1 && !text.ToString(text.Length - 2, 2).Equals("\n\n", StringComparison.Ordinal)))
        {
            text.Append(Printable(line)).Append('\n');
        }
    }

    // Names and flags come from a cluster: nothing of them may steer a terminal.
    private static string Printable(string line) => line.Any(char.IsControl) ? string.Concat(line.Select(c => char.IsControl(c) ? '?' : c)) : line;

    private sealed class PlainWriter : ReportWriter
    {
        public override void Heading(int level, string title)
        {
            Line("");
            Line(title);
            if (level <= 2)
            {
                Line(new string(level == 1 ? '=' : '-', title.Length));
            }
        }

        public override void Paragraph(string paragraph) => Line(paragraph);

        public override void Item(string item) => Line($"  * {item}");

        public override void Value(string name, string value) => Line($"  {name,-14} {value}");

        public override void Code(string language, string code)
        {
            foreach (string line in code.TrimEnd('\n').Split('\n'))
            {
                Line($"      {line}".TrimEnd());
            }
        }
    }

    private sealed class MarkdownWriter : ReportWriter
    {
        private bool inList;

        public override void Heading(int level, string title)
        {
            inList = false;
            Line("");
            Line($"{new string('#', level)} {title}");
            Line("");
        }

        public override void Paragraph(string paragraph)
        {
            inList = false;
            Line("");
            Line(paragraph);
            Line("");
        }

        public override void Item(string item)
        {
            if (!inList)
            {
                Line("");
            }

            inList = true;
            Line($"- {item}");
        }

        public override void Value(string name, string value) => Item($"**{name}**: {value}");

        public override void Code(string language, string code)
        {
            inList = false;

            // Longer than any fence in the code (CommonMark §4.5).
            string fence = new('`', 3);
            while (code.Contains(fence, StringComparison.Ordinal))
            {
                fence += "`";
            }

            Line("");
            Line($"{fence}{language}");
            foreach (string line in code.TrimEnd('\n').Split('\n'))
            {
                Verbatim(line);
            }

            Line(fence);
            Line("");
        }

        private void Verbatim(string line) => text.Append(Printable(line)).Append('\n');
    }
}
