using IssuerGateway.Configuration;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

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

/// <summary>Whether the gateway has come up or is on its way out; then it still responds, and tells each connection to close after its response.</summary>
internal sealed class DrainState
{
    private volatile bool isListening;
    private volatile bool isDraining;

    /// <summary>Whether the public ports are open.</summary>
    public bool IsListening => isListening;

    public bool IsDraining => isDraining;

    public void Listening() => isListening = true;

    public void Begin() => isDraining = true;

    // Connection: close on HTTP/1.1 (RFC 9112 §9.6), GOAWAY on HTTP/2 (RFC 9113 §6.8): nobody sends into a closing socket.
    public void CloseIfDraining(IFeatureCollection features)
    {
        if (isDraining)
        {
            features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        }
    }
}
