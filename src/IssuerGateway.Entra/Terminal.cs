namespace IssuerGateway.Entra;

/// <summary>
/// The only place that touches the process's streams. Results go to the output, everything else to the error stream:
/// lower case, no full stop, a hint where there is one.
/// </summary>
internal static class Terminal
{
#pragma warning disable RS0030 // BannedSymbols.txt keeps Console out of everything but this file.
    public static TextWriter Out => Console.Out;

    public static TextWriter Error => Console.Error;

    public static TextReader In => Console.In;

    /// <summary>A person can be asked and can watch progress.</summary>
    public static bool IsInteractive => !Console.IsInputRedirected && !Console.IsErrorRedirected;
#pragma warning restore RS0030
}
