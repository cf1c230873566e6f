namespace IssuerGateway.Base;

/// <summary>What every verb ends with; stable, for scripts (docs/reference/command-line.md).</summary>
public static class ExitCode
{
    public const int Good = 0;

    /// <summary>The verb ran and what it looked at is not as it should be.</summary>
    public const int Findings = 1;

    /// <summary>The command line or the configuration is wrong; nothing was started.</summary>
    public const int Usage = 2;

    /// <summary>The verb could not run.</summary>
    public const int CouldNotRun = 3;
}
