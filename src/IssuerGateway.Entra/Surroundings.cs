using IssuerGateway.Entra.Trust;

namespace IssuerGateway.Entra;

/// <summary>What the program finds around itself, so that a test can put something else there.</summary>
internal sealed record Surroundings
{
    public required TextWriter Output { get; init; }

    public required TextWriter Error { get; init; }

    public required TextReader Input { get; init; }

    /// <summary>A person can be asked and can watch progress.</summary>
    public required bool IsInteractive { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How the issuer is reached from the internet.</summary>
    public Func<HttpMessageHandler> IssuerTransport { get; init; } = PublicDocuments.Transport;
}
