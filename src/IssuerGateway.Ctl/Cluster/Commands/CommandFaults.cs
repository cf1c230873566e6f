using IssuerGateway.Base;

namespace IssuerGateway.Ctl.Cluster.Commands;

/// <summary>Prints what is wrong with the command line.</summary>
internal static class CommandFaults
{
    /// <summary>True when there was any.</summary>
    public static bool Print(IEnumerable<(string Message, string Hint)> faults, Terminal terminal)
    {
        bool any = false;
        foreach ((string message, string hint) in faults)
        {
            terminal.Fail(message, hint);
            any = true;
        }

        return any;
    }
}
