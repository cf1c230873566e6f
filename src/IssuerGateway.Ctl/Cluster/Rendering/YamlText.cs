using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace IssuerGateway.Ctl.Cluster.Rendering;

/// <summary>Writes the few forms of YAML that plans contain; a value that a parser could read as something else is quoted.</summary>
internal static partial class YamlText
{
    /// <summary>A plain scalar where every YAML parser reads it as this string, else a double-quoted one (YAML 1.2 §7.3.1).</summary>
    public static string Scalar(string value) =>
        Plain().IsMatch(value) && !LooksTyped().IsMatch(value)
            ? value
            : $"\"{JsonEncodedText.Encode(value, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";

    /// <summary>A block sequence, indented by the given number of spaces.</summary>
    public static string List(IEnumerable<string> items, int indent) =>
        string.Concat(items.Select(item => $"{new string(' ', indent)}- {Scalar(item)}\n"));

    public static string Indent(string text, int spaces) =>
        string.Join('\n', text.TrimEnd('\n').Split('\n').Select(line => line.Length == 0 ? line : new string(' ', spaces) + line)) + "\n";

    /// <summary>One field of a document with everything below it, and the names above it: <c>spec:</c>, <c>  api:</c> and so on.</summary>
    public static string Field(IReadOnlyList<string> path, YamlNode value)
    {
        StringBuilder text = new();
        for (int i = 0; i < path.Count - 1; i++)
        {
            text.Append(' ', 2 * i).Append(path[i]).Append(":\n");
        }

        Entry(text, Scalar(path[^1]), value, 2 * (path.Count - 1));
        return text.ToString();
    }

    private static void Entry(StringBuilder text, string key, YamlNode value, int indent)
    {
        text.Append(' ', indent).Append(key).Append(':');
        Value(text, value, indent, indent + 2);
    }

    // After "key:" or "-": a scalar on the same line, a collection below it.
    private static void Value(StringBuilder text, YamlNode value, int indent, int below)
    {
        if (!value.Tag.IsEmpty && value.Tag.Value is ['!', not '!', ..] tag)
        {
            text.Append(' ').Append(tag);
        }

        switch (value)
        {
            case YamlMappingNode { Children.Count: > 0 } mapping:
                text.Append('\n');
                foreach ((YamlNode name, YamlNode child) in mapping.Children)
                {
                    Entry(text, Text((YamlScalarNode)name), child, below);
                }

                break;
            case YamlMappingNode:
                text.Append(" {}\n");
                break;
            case YamlSequenceNode { Children.Count: > 0 } sequence:
                text.Append('\n');
                foreach (YamlNode item in sequence.Children)
                {
                    Item(text, item, below);
                }

                break;
            case YamlSequenceNode:
                text.Append(" []\n");
                break;
            case YamlScalarNode { Value: { } lines } when lines.Contains('\n', StringComparison.Ordinal) && Literal().IsMatch(lines):
                // YAML 1.2 §8.1.2: - is no line feed at the end, | alone exactly one, + all of them.
                text.Append(lines.EndsWith("\n\n", StringComparison.Ordinal) ? " |+\n" : lines.EndsWith('\n') ? " |\n" : " |-\n").Append(Indent(lines, indent + 2));
                text.Append('\n', Math.Max(0, lines.Length - lines.TrimEnd('\n').Length - 1));
                break;
            case YamlScalarNode scalar:
                text.Append(' ').Append(Text(scalar)).Append('\n');
                break;
        }
    }

    private static void Item(StringBuilder text, YamlNode item, int indent)
    {
        if (item is not YamlMappingNode { Children.Count: > 0 } mapping)
        {
            text.Append(' ', indent).Append('-');
            Value(text, item, indent, indent + 2);
            return;
        }

        StringBuilder inner = new();
        foreach ((YamlNode name, YamlNode child) in mapping.Children)
        {
            Entry(inner, Text((YamlScalarNode)name), child, indent + 2);
        }

        inner[indent] = '-';
        text.Append(inner);
    }

    // What was read as plain stays plain: 30 is a number, "30" a string.
    private static string Text(YamlScalarNode scalar) => scalar switch
    {
        { Value: null } => "null",
        { Style: ScalarStyle.Plain, Value: var plain } => plain.Length == 0 ? "null" : plain,
        { Value: var value } => Scalar(value),
    };

    [GeneratedRegex(@"^[A-Za-z0-9/][A-Za-z0-9_./:=,@+\-]*(?<!:)$")]
    private static partial Regex Plain();

    // A literal block begins with a visible character and holds nothing that has to be escaped.
    [GeneratedRegex(@"^[^\s\x00-\x1f\x7f][^\x00-\x09\x0b-\x1f\x7f]*$")]
    private static partial Regex Literal();

    // YAML 1.1 readers take these for booleans, null, numbers and dates.
    [GeneratedRegex(@"^(y|n|yes|no|on|off|true|false|null|[0-9][0-9_.,:eExXa-fA-F+\-]*)$", RegexOptions.IgnoreCase)]
    private static partial Regex LooksTyped();
}
