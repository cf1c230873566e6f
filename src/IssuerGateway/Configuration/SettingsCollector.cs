using IssuerGateway.Base;
using Microsoft.Extensions.Configuration;

namespace IssuerGateway.Configuration;

/// <summary>What a key admits, and what is in force without it; the reference page is made from it.</summary>
internal sealed record SettingShape(string Key, string Range, string Default);

/// <summary>What one walk over the configuration has read, found wrong, and put in force.</summary>
internal sealed class SettingsCollector
{
    private readonly HashSet<string> known = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(string Key, string Value)> effective = [];
    private readonly List<SettingError> errors = [];

    private readonly List<SettingShape> shapes = [];

    public IReadOnlyList<SettingError> Errors => errors;

    public IReadOnlyList<SettingShape> Shapes => shapes;

    public IReadOnlyCollection<string> KnownKeys => known;

    public void Know(string key) => known.Add(key);

    public void Describe(string key, string range, string fallback) => shapes.Add(new SettingShape(key, range, fallback));

    public void Add(SettingError error) => errors.Add(error);

    public void Effective(string key, string value)
    {
        Know(key);
        effective.Add((key, value));
    }

    public IReadOnlyList<string> EffectiveLines() => [.. effective.Select(entry => $"{entry.Key} = {entry.Value}")];

    public IEnumerable<SettingError> UnknownKeys(IConfiguration configuration) =>
        from entry in configuration.AsEnumerable(makePathsRelative: false)
        where !string.IsNullOrEmpty(entry.Value) && !known.Contains(entry.Key)
        orderby entry.Key
        select new SettingError(entry.Key, "an unknown key", $"a key of {Documentation.Of("docs/reference/configuration.md")}", Suggest(entry.Key));

    private string Suggest(string key)
    {
        string? nearest = known.MinBy(candidate => EditDistance.Of(candidate, key));
        return nearest is not null && EditDistance.Of(nearest, key) <= Math.Max(1, key.Length / 4)
            ? $"did you mean {nearest}?"
            : $"remove {key}";
    }
}
