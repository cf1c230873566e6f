namespace IssuerGateway.Entra;

/// <summary>What the program finds around itself, so that a test can put something else there.</summary>
internal sealed record Surroundings
{
    public required TextWriter Output { get; init; }

    public required TextWriter Error { get; init; }

    public required TextReader Input { get; init; }

    /// <summary>A person can be asked and can watch progress.</summary>
    public required bool IsInteractive { get; init; }

    /// <summary>For waits between attempts.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>For what bounds the network, which does not follow a test's clock.</summary>
    public TimeProvider NetworkTime { get; init; } = TimeProvider.System;
}
