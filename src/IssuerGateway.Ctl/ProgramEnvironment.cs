using IssuerGateway.Base;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Issuers;

namespace IssuerGateway.Ctl;

/// <summary>What the program finds around itself, so that a test can put something else there.</summary>
internal sealed record ProgramEnvironment
{
    public required Terminal Terminal { get; init; }

    public TextWriter Output => Terminal.Output;

    public TextWriter Error => Terminal.Error;

    public TextReader Input => Terminal.Input;

    /// <summary>A person can be prompted and can watch progress.</summary>
    public bool IsInteractive => Terminal.IsInteractive;

    /// <summary>The variables of the environment that commands read: KUBECONFIG, HTTPS_PROXY and the like.</summary>
    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>For waits between attempts.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>For what bounds the network, which does not follow a test's clock.</summary>
    public TimeProvider NetworkTime { get; init; } = TimeProvider.System;

    /// <summary>One line on standard error that is neither error nor warning: nothing in it can steer the terminal, wherever the text comes from.</summary>
    public void Note(string line) => Error.WriteLine(TerminalText.Line(SecretText.Hide(line)));

    /// <summary>Names what was written about connections and used by none, at the end of a command.</summary>
    public void WarnOfUnused(ConnectionOverrides overrides, IssuerIdentifier? issuer = null)
    {
        foreach (string note in overrides.UnusedNotes(issuer))
        {
            Terminal.Warn(note, note.StartsWith("--ca ", StringComparison.Ordinal) ? "leave the option out" : "correct the host and port, or leave the option out");
        }
    }
}
