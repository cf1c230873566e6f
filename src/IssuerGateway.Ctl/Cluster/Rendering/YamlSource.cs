using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace IssuerGateway.Ctl.Cluster.Rendering;

/// <summary>One YAML document that is changed in a few places and written again with everything else kept.</summary>
internal sealed class YamlSource
{
    private readonly YamlStream stream;

    private YamlSource(YamlStream stream, YamlMappingNode root)
    {
        this.stream = stream;
        Root = root;
    }

    public YamlMappingNode Root { get; }

    /// <summary>The first document of the text if it is a mapping; null for anything else.</summary>
    public static YamlSource? Parse(string text) =>
        Load(text) is { } stream && stream.Documents is [{ RootNode: YamlMappingNode root }, ..] ? new YamlSource(stream, root) : null;

    /// <summary>Every document of the text that is a mapping; none when it is no YAML.</summary>
    public static IReadOnlyList<YamlMappingNode> ParseAll(string text) => [.. (Load(text)?.Documents ?? []).Select(document => document.RootNode).OfType<YamlMappingNode>()];

    public static string? TextOf(YamlMappingNode mapping, string key) => (Find(mapping, key) as YamlScalarNode)?.Value;

    public static YamlNode? Find(YamlMappingNode mapping, string key) => mapping.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? node) ? node : null;

    /// <summary>The node at the end of the path; null when a part of it is missing or no mapping.</summary>
    public static YamlNode? At(YamlNode? node, params ReadOnlySpan<string> path)
    {
        YamlNode? current = node;
        foreach (string name in path)
        {
            current = current is YamlMappingNode mapping ? Find(mapping, name) : null;
        }

        return current;
    }

    public static string? TextAt(YamlNode? node, params ReadOnlySpan<string> path) => At(node, path) is YamlScalarNode { Value: { Length: > 0 } value } and not { Style: ScalarStyle.Plain, Value: "null" or "~" } ? value : null;

    public static IReadOnlyList<string> TextsAt(YamlNode? node, params ReadOnlySpan<string> path) =>
        [.. (At(node, path) as YamlSequenceNode)?.Children.OfType<YamlScalarNode>().Select(item => item.Value ?? "") ?? []];

    /// <summary>A copy of the mapping with other values for some keys; one that is null is left out.</summary>
    public static YamlMappingNode With(YamlNode? mapping, params ReadOnlySpan<(string Key, YamlNode? Value)> changes)
    {
        YamlMappingNode copy = new((mapping as YamlMappingNode)?.Children ?? Enumerable.Empty<KeyValuePair<YamlNode, YamlNode>>());
        foreach ((string key, YamlNode? value) in changes)
        {
            if (value is null)
            {
                copy.Children.Remove(new YamlScalarNode(key));
            }
            else
            {
                copy.Children[new YamlScalarNode(key)] = value;
            }
        }

        return copy;
    }

    public static YamlSequenceNode List(IEnumerable<string> items) => new([.. items.Select(Scalar)]);

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

    /// <summary>The same as JSON: a plain scalar is what the core schema makes of it (YAML 1.2 §10.3).</summary>
    public static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlMappingNode mapping => new JsonObject(mapping.Children.Select(pair => KeyValuePair.Create((pair.Key as YamlScalarNode)?.Value ?? "", ToJson(pair.Value)))),
        YamlSequenceNode sequence => new JsonArray([.. sequence.Children.Select(ToJson)]),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: var plain } => plain switch
        {
            null or "" or "~" or "null" => null,
            "true" => JsonValue.Create(true),
            "false" => JsonValue.Create(false),
            _ when long.TryParse(plain, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) => JsonValue.Create(number),
            _ when double.TryParse(plain, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) => JsonValue.Create(number),
            _ => JsonValue.Create(plain),
        },
        YamlScalarNode scalar => JsonValue.Create(scalar.Value),
        _ => null,
    };

    public override string ToString()
    {
        using StringWriter writer = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
        stream.Save(writer, assignAnchors: false);
        string text = writer.ToString().ReplaceLineEndings("\n");

        // YamlDotNet ends a stream with the document end marker.
        return text.EndsWith("...\n", StringComparison.Ordinal) ? text[..^4] : text;
    }

    /// <summary>Why the text cannot be read: where, and never what stands there; null when it can.</summary>
    public static string? FaultOf(string text)
    {
        try
        {
            YamlKeys.Load(text);
            return null;
        }
        catch (YamlException exception)
        {
            return $"line {exception.Start.Line}, column {exception.Start.Column}";
        }
    }

    /// <summary>The keys that a mapping of the text has twice, as a path; the last value is the one that is read.</summary>
    public static IReadOnlyList<string> KeysGivenTwice(string text)
    {
        try
        {
            return YamlKeys.Load(text).Twice;
        }
        catch (YamlException)
        {
            return [];
        }
    }

    private static YamlStream? Load(string text)
    {
        try
        {
            return YamlKeys.Load(text).Stream;
        }
        catch (YamlException)
        {
            return null;
        }
    }
}
