using System.Globalization;
using IssuerGateway.Base;
using Microsoft.Extensions.Configuration;

namespace IssuerGateway.Configuration;

/// <summary>
/// Reads one section of the configuration into domain types: every key that is read becomes a known key, every
/// fault is collected instead of thrown, and what is effective can be printed. Each capability reads its own section.
/// </summary>
internal sealed class SettingsReader
{
    private readonly IConfiguration configuration;
    private readonly string path;
    private readonly SettingsCollector collector;

    public SettingsReader(IConfiguration configuration) : this(configuration, "", new SettingsCollector())
    {
    }

    private SettingsReader(IConfiguration configuration, string path, SettingsCollector collector)
    {
        this.configuration = configuration;
        this.path = path;
        this.collector = collector;
    }

    /// <summary>The full key of a setting of this section, as an operator writes it: <c>Issuers:0:Identifier</c>.</summary>
    public string KeyOf(string key) => path.Length == 0 ? key : $"{path}:{key}";

    public SettingsReader Section(string key)
    {
        collector.Know(KeyOf(key));
        RejectValue(configuration.GetSection(key), KeyOf(key));
        return new(configuration.GetSection(key), KeyOf(key), collector);
    }

    /// <summary>The elements of a list of objects, in order of their index.</summary>
    public IReadOnlyList<SettingsReader> Sections(string key)
    {
        collector.Know(KeyOf(key));
        IConfigurationSection[] elements = [.. configuration.GetSection(key).GetChildren()];
        Array.ForEach(elements, element => RejectValue(element, $"{KeyOf(key)}:{element.Key}"));
        return [.. elements.Select(element => new SettingsReader(element, $"{KeyOf(key)}:{element.Key}", collector))];
    }

    public string? Text(string key, string? fallback = null)
    {
        string? value = Raw(key);
        collector.Effective(KeyOf(key), value ?? fallback ?? "");
        return value ?? fallback;
    }

    public string RequiredText(string key, string expected, string hint)
    {
        string? value = Text(key);
        if (value is null)
        {
            Fail(key, "nothing", expected, hint);
        }

        return value ?? "";
    }

    public bool Flag(string key, bool fallback)
    {
        bool value = fallback;
        if (Raw(key) is { } raw && !bool.TryParse(raw, out value))
        {
            Fail(key, Quote(raw), "true or false", $"set {KeyOf(key)} to true or false (default {Show(fallback)})");
            value = fallback;
        }

        collector.Effective(KeyOf(key), Show(value));
        collector.Describe(KeyOf(key), "flag", Show(fallback));
        return value;
    }

    public int Number(string key, int fallback, int least, int most)
    {
        int value = fallback;
        if (Raw(key) is { } raw
            && (!int.TryParse(raw, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) || value < least || value > most))
        {
            Fail(key, Quote(raw), $"a whole number from {least} to {most}", $"remove {KeyOf(key)} for the default of {fallback}");
            value = fallback;
        }

        collector.Effective(KeyOf(key), value.ToString(CultureInfo.InvariantCulture));
        collector.Describe(KeyOf(key), $"{least} to {most}", $"{fallback}");
        return value;
    }

    /// <summary>A time span such as <c>30s</c>, <c>5m</c>, <c>1h30m</c>, <c>7d</c>.</summary>
    public TimeSpan Duration(string key, TimeSpan fallback, TimeSpan least, TimeSpan most)
    {
        TimeSpan value = fallback;
        if (Raw(key) is { } raw && (!DurationText.TryParse(raw, out value) || value < least || value > most))
        {
            Fail(key, Quote(raw), $"a duration from {DurationText.Show(least)} to {DurationText.Show(most)}, such as 90s, 5m or 1h30m",
                !DurationText.TryParse(raw, out _) && DurationText.Suggest(raw) is { } meant && DurationText.TryParse(meant, out TimeSpan sense) && sense >= least && sense <= most ? $"write {meant}" : $"remove {KeyOf(key)} for the default of {DurationText.Show(fallback)}");
            value = fallback;
        }

        collector.Effective(KeyOf(key), DurationText.Show(value));
        collector.Describe(KeyOf(key), $"{DurationText.Show(least)} to {DurationText.Show(most)}", DurationText.Show(fallback));
        return value;
    }

    public T Choice<T>(string key, T fallback) where T : struct, Enum
    {
        T value = fallback;
        if (Raw(key) is { } raw && (!Enum.TryParse(raw, ignoreCase: true, out value) || !Enum.IsDefined(value) || char.IsAsciiDigit(raw[0])))
        {
            Fail(key, Quote(raw), $"one of {string.Join(", ", Enum.GetNames<T>())}", $"remove {KeyOf(key)} for the default of {fallback}");
            value = fallback;
        }

        collector.Effective(KeyOf(key), value.ToString());
        collector.Describe(KeyOf(key), string.Join(", ", Enum.GetNames<T>().Select(name => $"`{name}`")), $"{fallback}");
        return value;
    }

    /// <summary>A list of texts, in order of their index; a single text counts as a list of one.</summary>
    public IReadOnlyList<string> Texts(string key)
    {
        collector.Know(KeyOf(key));
        IConfigurationSection section = configuration.GetSection(key);
        if (!string.IsNullOrEmpty(section.Value))
        {
            collector.Effective(KeyOf(key), section.Value);
            return [WithoutNul(KeyOf(key), section.Value)];
        }

        List<string> values = [];
        foreach (IConfigurationSection child in section.GetChildren())
        {
            string childKey = $"{KeyOf(key)}:{child.Key}";
            if (string.IsNullOrEmpty(child.Value))
            {
                collector.Add(new SettingError(childKey, "nothing", "a text", $"give {childKey} a value or remove it"));
                continue;
            }

            collector.Effective(childKey, child.Value);
            values.Add(WithoutNul(childKey, child.Value));
        }

        return values;
    }

    public bool Has(string key) => configuration.GetSection(key).Exists();

    public void Fail(string key, string found, string expected, string hint) =>
        collector.Add(new SettingError(KeyOf(key), found, expected, hint));

    /// <summary>A fault that is a sentence of its own.</summary>
    public void Fail(string key, string sentence, string hint) => collector.Add(SettingError.Of(KeyOf(key), sentence, hint));

    /// <summary>All errors so far, and one for each key of the configuration that nothing read.</summary>
    public IReadOnlyList<SettingError> Errors() => [.. collector.Errors, .. collector.UnknownKeys(configuration)];

    /// <summary>What each key that was read admits, and its default.</summary>
    public IReadOnlyList<SettingShape> Shapes => collector.Shapes;

    /// <summary>Every key and section that was read.</summary>
    public IReadOnlyCollection<string> KnownKeys => collector.KnownKeys;

    /// <summary>What is in force, defaults included, secrets only as set, one <c>key = value</c> a line.</summary>
    public IReadOnlyList<string> EffectiveLines() => collector.EffectiveLines();

    internal static string Quote(string value) => $"\"{value}\"";

    private static string Show(bool value) => value ? "true" : "false";

    // "Upstream": "Directory" instead of "Upstream": { "Kind": "Directory" } would leave every member to its default.
    private void RejectValue(IConfigurationSection section, string path)
    {
        if (string.IsNullOrEmpty(section.Value))
        {
            return;
        }

        collector.Know(path);
        SettingError fault = SettingError.Of(path, $"{Quote(section.Value)} is no object with members", $"write its members, as {Documentation.Of("docs/reference/configuration.md")} lists them");
        if (!collector.Errors.Contains(fault))
        {
            collector.Add(fault);
        }
    }

    // An empty value is an absent one: in the environment there is no other way to say "unset".
    private string? Raw(string key)
    {
        collector.Know(KeyOf(key));
        string? value = configuration[key] is { } raw ? WithoutNul(KeyOf(key), raw) : null;
        return string.IsNullOrEmpty(value) ? null : value;
    }

    // In a path it is an exception wherever the path is used, which is long after the start.
    private string WithoutNul(string key, string value)
    {
        if (!value.Contains('\0'))
        {
            return value;
        }

        collector.Add(SettingError.Of(key, "it contains a NUL character", $"remove \\u0000 from {key}"));
        return value.Replace("\0", "", StringComparison.Ordinal);
    }
}
