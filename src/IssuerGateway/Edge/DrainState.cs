using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace IssuerGateway.Edge;

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
