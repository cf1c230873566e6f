namespace IssuerGateway.Tls.Serving.OpenSsl;

/// <summary>The sections of an OpenSSL configuration (config(5)), with the files that it includes.</summary>
internal sealed class OpenSslText
{
    private const string Default = "default";

    /// <summary>Files within files; a system's own are two deep.</summary>
    private const int MaxDepth = 8;

    private readonly Dictionary<string, Dictionary<string, string>> sections = new(StringComparer.Ordinal);

    /// <param name="readFile">The text of an included file, null when there is none.</param>
    public static OpenSslText Parse(string text, Func<string, string?> readFile)
    {
        OpenSslText parsed = new();
        string section = Default;
        parsed.Add(text, readFile, ref section, depth: 0);
        return parsed;
    }

    /// <summary>The name of the section that configures the library, of <c>openssl_conf</c>.</summary>
    public string? Root => Value(Default, "openssl_conf");

    /// <summary>The settings that every TLS context begins with (SSL_CONF_cmd(3)), by name without regard to case.</summary>
    public IReadOnlyDictionary<string, string> SystemDefault =>
        Root is { } root && Value(root, "ssl_conf") is { } modules && Value(modules, "system_default") is { } name && sections.TryGetValue(name, out Dictionary<string, string>? found)
            ? found
            : [];

    /// <summary>Whether the FIPS provider decides what may be used.</summary>
    public bool IsFips => sections.Values.SelectMany(section => section)
        .Any(setting => setting.Key == "default_properties" && setting.Value.Replace(" ", "", StringComparison.Ordinal).Contains("fips=yes", StringComparison.Ordinal));

    private string? Value(string section, string name) =>
        sections.TryGetValue(section, out Dictionary<string, string>? settings) && settings.TryGetValue(name, out string? value) ? value : null;

    private void Add(string text, Func<string, string?> readFile, ref string section, int depth)
    {
        foreach (string raw in text.Replace("\\\n", "", StringComparison.Ordinal).Split('\n'))
        {
            string line = (raw.IndexOf('#', StringComparison.Ordinal) is var comment and >= 0 ? raw[..comment] : raw).Trim();
            if (line.StartsWith('[') && line.EndsWith(']'))
            {
                section = line[1..^1].Trim();
            }
            else if (line.StartsWith(".include", StringComparison.Ordinal))
            {
                string path = line[".include".Length..].TrimStart(' ', '\t', '=').Trim();
                if (depth < MaxDepth && readFile(path) is { } included)
                {
                    Add(included, readFile, ref section, depth + 1);
                }
            }
            else if (line.IndexOf('=', StringComparison.Ordinal) is var equals and > 0 && line[0] != '.')
            {
                if (!sections.TryGetValue(section, out Dictionary<string, string>? settings))
                {
                    sections[section] = settings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
                }

                // The last one wins, as for OpenSSL.
                settings[line[..equals].Trim()] = line[(equals + 1)..].Trim();
            }
        }
    }
}
