using System.Text;
using IssuerGateway.Base;

namespace IssuerGateway.Ctl.Cluster.Reports;

/// <summary>Writes headings, lists and code for a person; the same report as plain text or as Markdown.</summary>
internal abstract class ReportWriter
{
    private readonly StringBuilder text = new();

    /// <param name="width">Where lines of prose are broken; null: nowhere, for a file or another program. Commands and contents never are.</param>
    public static ReportWriter Plain(int? width = null) => new PlainWriter(width ?? int.MaxValue);

    /// <summary>Broken at 80 columns for a person at a terminal.</summary>
    public static ReportWriter For(Base.Terminal terminal) => Plain(terminal.IsOutputTerminal ? 80 : null);

    public static ReportWriter Markdown() => new MarkdownWriter();

    public abstract void Heading(int level, string title);

    public abstract void Paragraph(string paragraph);

    public abstract void Item(string item);

    /// <summary>A name and its value, as a line of a block.</summary>
    public abstract void Value(string name, string value);

    public abstract void Code(string language, string code);

    public override string ToString() => text.ToString().TrimEnd('\n') + "\n";

    /// <summary>A line; an empty one is never written twice or first. Names and flags come from a cluster: nothing of them may steer a terminal.</summary>
    protected void Line(string line)
    {
        if (line.Length > 0 || (text.Length > 1 && !text.ToString(text.Length - 2, 2).Equals("\n\n", StringComparison.Ordinal)))
        {
            text.Append(TerminalText.Line(line)).Append('\n');
        }
    }

    private sealed class PlainWriter(int width) : ReportWriter
    {
        private static readonly string[] programs = ["kubectl", "issuerctl", "oc", "kops", "talosctl", "helm", "ssh", "curl", "cp"];

        public override void Heading(int level, string title)
        {
            Line("");
            Line(title);
            if (level <= 2)
            {
                Line(new string(level == 1 ? '=' : '-', title.Length));
            }
        }

        public override void Paragraph(string paragraph) => Wrapped("", paragraph, 0);

        public override void Item(string item)
        {
            if (item.StartsWith("issuerctl ", StringComparison.Ordinal))
            {
                Line($"  * {item}");
                return;
            }

            Wrapped("  * ", item, 4);
        }

        public override void Value(string name, string value) => Wrapped($"  {name,-14} ", value, 17);

        private void Wrapped(string start, string text, int indent)
        {
            if (start.Length + text.Length <= width)
            {
                Line(start + text);
                return;
            }

            // A command at the end is for pasting: it gets a line of its own.
            int command = programs.Select(program => text.IndexOf($": {program} ", StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(-2).Min() + 1;
            string prose = command > 0 ? text[..command] : text;
            StringBuilder line = new(start);
            bool isEmpty = true;
            foreach (string word in prose.Split(' '))
            {
                if (!isEmpty && line.Length + 1 + word.Length > width)
                {
                    Line(line.ToString());
                    line.Clear().Append(' ', indent);
                    isEmpty = true;
                }

                line.Append(isEmpty ? "" : " ").Append(word);
                isEmpty = false;
            }

            Line(line.ToString());
            if (command > 0)
            {
                Line(new string(' ', indent) + text[(command + 1)..]);
            }
        }

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

        private void Verbatim(string line) => text.Append(TerminalText.Line(line)).Append('\n');
    }
}
