using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace IssuerGateway.Ctl.Cluster.Rendering;

/// <summary>One YAML document that is changed in a few places and written again with everything else kept.</summary>
internal sealed class YamlDocument
{
    private readonly YamlStream stream;

    private YamlDocument(YamlStream stream, YamlMappingNode root)
    {
        this.stream = stream;
        Root = root;
    }

    public YamlMappingNode Root { get; }

    /// <summary>The first document of the text if it is a mapping; null for anything else.</summary>
    public static YamlDocument? Parse(string text)
    {
        YamlStream stream = [];
        try
        {
            using StringReader reader = new(text);
            stream.Load(reader);
        }
        catch (YamlException)
        {
            return null;
        }

        return stream.Documents is [{ RootNode: YamlMappingNode root }, ..] ? new YamlDocument(stream, root) : null;
    }

    public static string? TextOf(YamlMappingNode mapping, string key) => (Find(mapping, key) as YamlScalarNode)?.Value;

    public static YamlNode? Find(YamlMappingNode mapping, string key) => mapping.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? node) ? node : null;

    /// <summary>The mapping at the key; made when absent or empty.</summary>
    public static YamlMappingNode MappingAt(YamlMappingNode mapping, string key)
    {
        if (Find(mapping, key) is YamlMappingNode found)
        {
            // {} of an empty mapping would make everything below it one line.
            found.Style = YamlDotNet.Core.Events.MappingStyle.Block;
            return found;
        }

        YamlMappingNode made = [];
        mapping.Children[new YamlScalarNode(key)] = made;
        return made;
    }

    /// <summary>A scalar in double quotes where plain text could be read as something else.</summary>
    public static YamlScalarNode Scalar(string value) =>
        new(value) { Style = YamlText.Scalar(value).StartsWith('"') ? ScalarStyle.DoubleQuoted : ScalarStyle.Plain };

    public override string ToString()
    {
        using StringWriter writer = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
        stream.Save(writer, assignAnchors: false);
        string text = writer.ToString().ReplaceLineEndings("\n");

        // YamlDotNet ends a stream with the document end marker.
        return text.EndsWith("...\n", StringComparison.Ordinal) ? text[..^4] : text;
    }
}
