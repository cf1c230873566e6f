using System.CommandLine;
using IssuerGateway.Kubernetes.Documents;

namespace IssuerGateway.Checking;

/// <summary>The configuration that a program can offer to <c>check</c>; issuerctl has none.</summary>
public sealed record CheckConfiguration
{
    /// <summary>Adds the options that name the configuration.</summary>
    public required Action<Command> AddOptions { get; init; }

    /// <summary>Whether variables of the environment are part of the configuration, so that somebody means it.</summary>
    public required Func<bool> IsInEnvironment { get; init; }

    /// <summary>The issuers of the configuration in their order; absent when it cannot be read, and then the faults say why.</summary>
    public required Func<ParseResult, List<(string Message, string Hint)>, IReadOnlyList<ConfiguredIssuer>?> Read { get; init; }
}

/// <summary>One issuer of a configuration.</summary>
/// <param name="Identifier">Absent when the operator leaves it to the gateway's own token.</param>
/// <param name="Connect">Makes the source of its documents; the caller disposes it.</param>
public sealed record ConfiguredIssuer(string? Identifier, Func<IDocumentSource> Connect);
