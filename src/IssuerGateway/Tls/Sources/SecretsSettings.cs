using IssuerGateway.Configuration;

namespace IssuerGateway.Tls.Sources;

/// <summary>Which Secrets hold serving certificates.</summary>
internal sealed record SecretsSettings
{
    /// <summary><c>Tls:Secrets:Names</c>: names of Secrets of type kubernetes.io/tls, each served for the hosts that its certificate names.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary><c>Tls:Secrets:Interval</c>: time between looks, 5 s to 1 h, default 30 s; SIGHUP looks at once.</summary>
    public required TimeSpan Interval { get; init; }

    public static SecretsSettings Read(SettingsReader reader, bool isUsed)
    {
        SecretsSettings settings = new()
        {
            Names = reader.Texts("Names"),
            Interval = reader.Duration("Interval", TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(5), TimeSpan.FromHours(1)),
        };
        if (isUsed && settings.Names.Count == 0)
        {
            reader.Fail("Names", "nothing", "the name of at least one Secret of type kubernetes.io/tls", $"set {reader.KeyOf("Names")}, for example to the secretName of a cert-manager Certificate");
        }

        return settings;
    }
}
