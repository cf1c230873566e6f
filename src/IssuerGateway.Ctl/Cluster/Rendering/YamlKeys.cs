using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace IssuerGateway.Ctl.Cluster.Rendering;

/// <summary>
/// Reads YAML in which a mapping has a key twice. YAML 1.2 §3.2.1.3 forbids it, kubeadm warns and takes the last value, and
/// a reader that rejects the text could name neither.
/// </summary>
internal static class YamlKeys
{
    // The representation model is read by recursion: no configuration is as deep, and a deeper one would end the process.
    private const int MaxDepth = 100;

    /// <exception cref="YamlException">The text is no YAML.</exception>
    public static (YamlStream Stream, IReadOnlyList<string> Twice) Load(string text)
    {
        List<ParsingEvent> events = [];
        using StringReader reader = new(text);
        Parser parser = new(reader);
        while (parser.MoveNext())
        {
            events.Add(parser.Current!);
        }

        List<string> twice = [];
        List<ParsingEvent> kept = [];
        for (int i = 0; i < events.Count;)
        {
            i = Copy(events, i, "", 0, kept, twice);
        }

        YamlStream stream = [];
        stream.Load(new Replay(kept));
        HashSet<YamlNode> seen = new(ReferenceEqualityComparer.Instance);
        foreach (YamlDocument document in stream.Documents)
        {
            Merge(document.RootNode, seen);
        }

        return (stream, twice);
    }

    /// <summary>Puts what <c>&lt;&lt;: *anchor</c> brings in its place, as the readers of kubeadm and k3s do (YAML 1.1, type merge): the mapping's own keys stay, and the earlier of several mappings wins.</summary>
    private static void Merge(YamlNode node, HashSet<YamlNode> seen)
    {
        if (!seen.Add(node))
        {
            return;
        }

        foreach (YamlNode child in node is YamlMappingNode parent ? [.. parent.Children.Values] : node is YamlSequenceNode list ? list.Children : [])
        {
            Merge(child, seen);
        }

        YamlScalarNode key = new("<<");
        if (node is not YamlMappingNode mapping || !mapping.Children.TryGetValue(key, out YamlNode? merged))
        {
            return;
        }

        YamlMappingNode[] sources = merged is YamlMappingNode one ? [one] : merged is YamlSequenceNode several ? [.. several.Children.OfType<YamlMappingNode>()] : [];
        if (sources.Length == 0)
        {
            return;
        }

        mapping.Children.Remove(key);
        foreach ((YamlNode name, YamlNode value) in sources.SelectMany(source => source.Children.ToArray()))
        {
            mapping.Children.TryAdd(name, value);
        }
    }

    /// <summary>Copies the node that begins here without the values that a later one of the same key takes the place of; returns where the next begins.</summary>
    private static int Copy(List<ParsingEvent> events, int start, string path, int depth, List<ParsingEvent> kept, List<string> twice)
    {
        if (depth > MaxDepth)
        {
            throw new YamlException(events[start].Start, events[start].End, "too deep");
        }

        kept.Add(events[start]);
        int i = start + 1;
        switch (events[start])
        {
            case SequenceStart:
                for (; events[i] is not SequenceEnd;)
                {
                    i = Copy(events, i, path, depth + 1, kept, twice);
                }

                kept.Add(events[i]);
                return i + 1;

            case MappingStart:
                return Mapping(events, i, path, depth + 1, kept, twice);

            default:
                return i;
        }
    }

    private static int Mapping(List<ParsingEvent> events, int start, string path, int depth, List<ParsingEvent> kept, List<string> twice)
    {
        List<(string? Key, List<ParsingEvent> Pair)> pairs = [];
        int i = start;
        while (events[i] is not MappingEnd)
        {
            List<ParsingEvent> pair = [];
            string? key = (events[i] as Scalar)?.Value;
            i = Copy(events, i, path, depth, pair, twice);
            i = Copy(events, i, key is null ? path : path.Length == 0 ? key : $"{path}.{key}", depth, pair, twice);
            if (key is not null && pairs.RemoveAll(each => each.Key == key) > 0)
            {
                twice.Add(path.Length == 0 ? key : $"{path}.{key}");
            }

            pairs.Add((key, pair));
        }

        kept.AddRange(pairs.SelectMany(pair => pair.Pair));
        kept.Add(events[i]);
        return i + 1;
    }

    private sealed class Replay(List<ParsingEvent> events) : IParser
    {
        private int position = -1;

        public ParsingEvent? Current => position >= 0 && position < events.Count ? events[position] : null;

        public bool MoveNext() => ++position < events.Count;
    }
}
