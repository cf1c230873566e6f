namespace IssuerGateway.Entra;

/// <summary>The exit codes, the same as those of <c>issuer-gateway</c>.</summary>
internal static class ExitCode
{
    public const int Good = 0;

    /// <summary>Refused before any write, or Microsoft Graph said no.</summary>
    public const int Failed = 1;

    /// <summary>Wrong options.</summary>
    public const int Usage = 2;

    /// <summary>Could not sign in, or not reach what had to be asked.</summary>
    public const int CouldNotRun = 3;
}
