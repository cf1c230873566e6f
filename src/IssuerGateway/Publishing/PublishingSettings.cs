using IssuerGateway.Base;
using IssuerGateway.Configuration;
using IssuerGateway.Publishing.Keys;

namespace IssuerGateway.Publishing;

/// <summary>How often documents are fetched, how long they are trusted, and where they are kept.</summary>
internal sealed record PublishingSettings
{
    /// <summary>The span up to which one timer can run; MaxStale stays well below it.</summary>
    private static readonly TimeSpan longestStale = TimeSpan.FromDays(30);

    /// <summary><c>Refresh:Interval</c>: time between fetches, 5 s to 1 h, default 30 s. Also how late a rotated key may appear.</summary>
    public required TimeSpan RefreshInterval { get; init; }

    /// <summary><c>Refresh:MaxBackoff</c>: longest time between fetches while they fail, up to 1 h, default 5 min.</summary>
    public required TimeSpan MaxBackoff { get; init; }

    /// <summary><c>MaxStale</c>: how long the last good documents are served without a confirmation, 1 min to 30 d, default 7 d; then 503.</summary>
    public required TimeSpan MaxStale { get; init; }

    /// <summary><c>KeyRetention</c>: how long the keys of an API server that does not respond, or is no longer listed, stay published, 1 min to 30 d, default 24 h.</summary>
    public required TimeSpan KeyRetention { get; init; }

    /// <summary><c>ClientMaxAge</c>: most that relying parties and CDNs may cache, 0 s to 24 h, default 5 min. Bounds how late they see a new key.</summary>
    public required TimeSpan ClientMaxAge { get; init; }

    /// <summary><c>StateDirectory</c>: where last-known-good documents are kept; without it a restart during an outage serves nothing.</summary>
    public required string? StateDirectory { get; init; }

    /// <summary><c>StateSecret:Prefix</c>: how the names of the Secrets begin that replicas share the last good documents in, default none.</summary>
    public string? StateSecretPrefix { get; init; }

    /// <summary><c>Keys:SafeAfter</c>: how long a new key is published before it is called safe to sign with, 0 s to 30 d, default 48 h (no relying party publishes how long it caches).</summary>
    public required TimeSpan KeysSafeAfter { get; init; }

    public static PublishingSettings Read(SettingsReader reader)
    {
        SettingsReader refresh = reader.Section("Refresh");
        PublishingSettings settings = new()
        {
            RefreshInterval = refresh.Duration("Interval", TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(5), TimeSpan.FromHours(1)),
            MaxBackoff = refresh.Duration("MaxBackoff", TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(5), TimeSpan.FromHours(1)),
            MaxStale = reader.Duration("MaxStale", TimeSpan.FromDays(7), TimeSpan.FromMinutes(1), longestStale),
            KeyRetention = reader.Duration("KeyRetention", TimeSpan.FromHours(24), TimeSpan.FromMinutes(1), longestStale),
            ClientMaxAge = reader.Duration("ClientMaxAge", TimeSpan.FromMinutes(5), TimeSpan.Zero, TimeSpan.FromDays(1)),
            StateDirectory = reader.Text("StateDirectory"),
            StateSecretPrefix = ReadPrefix(reader.Section("StateSecret")),
            KeysSafeAfter = reader.Section("Keys").Duration("SafeAfter", TimeSpan.FromHours(48), TimeSpan.Zero, TimeSpan.FromDays(30)),
        };
        if (settings.MaxStale < settings.RefreshInterval)
        {
            reader.Fail("MaxStale", DurationText.Show(settings.MaxStale), $"at least Refresh:Interval ({DurationText.Show(settings.RefreshInterval)})",
                "documents would run out between two refreshes; raise MaxStale");
        }

        return settings;
    }

    // Kubernetes: a name is a DNS subdomain of at most 253 characters, of which 17 are ours.
    private static string? ReadPrefix(SettingsReader reader)
    {
        string? prefix = reader.Text("Prefix");
        if (prefix is not null && (prefix.Length > 200 || !prefix.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.') || !char.IsAsciiLetterOrDigit(prefix[0])))
        {
            reader.Fail("Prefix", SettingsReader.Quote(prefix), "at most 200 lower-case letters, digits, dots and hyphens", "write the beginning of a Secret's name, such as issuer-gateway-documents");
            return null;
        }

        return prefix;
    }
}
