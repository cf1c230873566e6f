using IssuerGateway.Configuration;

namespace IssuerGateway.Edge;

/// <summary>How long the gateway keeps accepting after SIGTERM, and how long it then waits for requests in flight.</summary>
internal sealed record DrainSettings
{
    /// <summary><c>Shutdown:Delay</c>: accepts while load balancers take notice, 0 s to 5 min, default 5 s.</summary>
    public required TimeSpan Delay { get; init; }

    /// <summary><c>Shutdown:Grace</c>: waits for requests in flight after that, 1 s to 10 min, default 20 s.</summary>
    public required TimeSpan Grace { get; init; }

    public static DrainSettings Read(SettingsReader reader) => new()
    {
        Delay = reader.Duration("Delay", TimeSpan.FromSeconds(5), TimeSpan.Zero, TimeSpan.FromMinutes(5)),
        Grace = reader.Duration("Grace", TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)),
    };
}
