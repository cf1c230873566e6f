using System.CommandLine;
using System.Runtime.CompilerServices;

namespace IssuerGateway.Checking;

/// <summary>What the help of a command shows below its description; the list of its parent shows the description alone.</summary>
public static class CommandDetails
{
    private static readonly ConditionalWeakTable<Command, string> details = [];

    public static void Set(Command command, string text) => details.AddOrUpdate(command, text);

    public static string? Of(Command command) => details.TryGetValue(command, out string? text) ? text : null;

    /// <summary>Puts the details into the description of the command whose help is about to be printed.</summary>
    internal static void ShowFor(Command command)
    {
        if (Of(command) is { } text)
        {
            command.Description = $"{command.Description}\n\n{text}";
            details.Remove(command);
        }
    }
}
