using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;
using YamlDotNet.RepresentationModel;

namespace IssuerGateway.Ctl.Cluster.Rendering;

/// <summary>
/// The arguments of an API server in the forms that configurations have: a map, a list of name and value, or a list of
/// words. Each is written with the flags of a roll, and with every other argument of today kept.
/// </summary>
internal static class ArgumentFields
{
    /// <summary>A map whose values are strings, or lists of them.</summary>
    public static IReadOnlyList<Flag> ReadMap(YamlNode? map) =>
    [
        .. from pair in (map as YamlMappingNode)?.Children ?? Enumerable.Empty<KeyValuePair<YamlNode, YamlNode>>()
           from value in pair.Value is YamlSequenceNode list ? list.Children : [pair.Value]
           select new Flag(FlagSet.Name((pair.Key as YamlScalarNode)?.Value ?? ""), (value as YamlScalarNode)?.Value ?? ""),
    ];

    public static IReadOnlyList<Flag> ReadPairs(YamlNode? list) =>
    [
        .. ((list as YamlSequenceNode)?.Children.OfType<YamlMappingNode>() ?? [])
            .Select(item => new Flag(FlagSet.Name(YamlSource.TextOf(item, "name") ?? ""), YamlSource.TextOf(item, "value") ?? "")),
    ];

    /// <summary><c>--name=value</c>, <c>--name</c> with the value as the next word, or <c>name=value</c>.</summary>
    public static IReadOnlyList<Flag> ReadWords(YamlNode? list)
    {
        string[] words = [.. Words(list)];
        List<string> arguments = [];
        for (int i = 0; i < words.Length; i++)
        {
            (string name, string? value) = Cut(words[i]);
            arguments.Add(value is not null ? $"--{name}={value}" : HasValue(words, i) ? $"--{name}={words[++i]}" : "--" + name);
        }

        return FlagSet.Parse(arguments).Flags;
    }

    /// <summary>The values of JSON patch operations that append to the command (RFC 6902 §4.1).</summary>
    public static IReadOnlyList<Flag> ReadPatch(YamlNode? operations) =>
        FlagSet.Parse(((operations as YamlSequenceNode)?.Children.OfType<YamlMappingNode>() ?? [])
            .Where(operation => YamlSource.TextOf(operation, "op") == "add")
            .Select(operation => YamlSource.TextOf(operation, "value") ?? "")).Flags;

    /// <summary>One value a name: the first one of this roll.</summary>
    public static YamlMappingNode Map(YamlNode? today, RollContext context)
    {
        YamlMappingNode map = Kept(today, context);
        foreach (Flag flag in context.FirstFlags)
        {
            map.Children[new YamlScalarNode(flag.Name)] = YamlSource.Scalar(flag.Value);
        }

        return map;
    }

    /// <summary>A map that takes a list for a name with several values.</summary>
    public static YamlMappingNode MapOfLists(YamlNode? today, RollContext context)
    {
        YamlMappingNode map = Kept(today, context);
        foreach (IGrouping<string, Flag> flags in context.Flags.GroupBy(flag => flag.Name))
        {
            YamlScalarNode[] values = [.. flags.Select(flag => YamlSource.Scalar(flag.Value))];
            map.Children[new YamlScalarNode(flags.Key)] = values.Length == 1 && flags.Key != FlagSet.Issuer ? values[0] : new YamlSequenceNode(values);
        }

        return map;
    }

    public static YamlSequenceNode Pairs(YamlNode? today, RollContext context)
    {
        YamlSequenceNode list = new((today as YamlSequenceNode)?.Children.Where(item => item is not YamlMappingNode mapping || !context.Writes(YamlSource.TextOf(mapping, "name") ?? "")) ?? []);
        foreach (Flag flag in context.Flags)
        {
            list.Add(new YamlMappingNode { { "name", YamlSource.Scalar(flag.Name) }, { "value", YamlSource.Scalar(flag.Value) } });
        }

        return list;
    }

    /// <param name="today">The list as it is; a name of this roll goes, also in the forms <c>name+=</c> and <c>name-=</c>.</param>
    /// <param name="context">The roll.</param>
    /// <param name="flags">What to append.</param>
    /// <param name="dashes">What stands before each name.</param>
    public static YamlSequenceNode WordList(YamlNode? today, RollContext context, IEnumerable<Flag> flags, string dashes) =>
        new([.. WithoutWritten([.. Words(today)], context).Concat(flags.Select(flag => $"{dashes}{flag.Name}={flag.Value}")).Select(YamlSource.Scalar)]);

    /// <summary>Without the arguments that this roll writes, also where name and value are two words.</summary>
    public static IEnumerable<string> WithoutWritten(IReadOnlyList<string> words, RollContext context)
    {
        for (int i = 0; i < words.Count; i++)
        {
            (string name, string? value) = Cut(words[i]);
            if (!context.Writes(name.TrimEnd('+', '-')))
            {
                yield return words[i];
            }
            else if (value is null && HasValue(words, i))
            {
                i++;
            }
        }
    }

    // Some write a blank for the equals sign: no server starts with that, and beside the same flag of a roll it would be another one.
    private static (string Name, string? Value) Cut(string word) =>
        word.IndexOfAny(['=', ' ']) is var end and > 0 ? (word[..end].TrimStart('-'), word[(end + 1)..].Trim()) : (word.TrimStart('-'), null);

    private static bool HasValue(IReadOnlyList<string> words, int i) =>
        i + 1 < words.Count && !words[i + 1].StartsWith('-') && (words[i].StartsWith('-') || !words[i + 1].Contains('=', StringComparison.Ordinal));

    private static YamlMappingNode Kept(YamlNode? today, RollContext context) => new(
        (today as YamlMappingNode)?.Children.Where(pair => !context.Writes((pair.Key as YamlScalarNode)?.Value ?? "")) ?? []);

    private static IEnumerable<string> Words(YamlNode? list) => (list as YamlSequenceNode)?.Children.OfType<YamlScalarNode>().Select(item => item.Value ?? "") ?? [];
}
