using System.Text.Json.Nodes;
using IssuerGateway.Base;

namespace IssuerGateway.Ctl.Parties.Registering;

/// <summary>One write and the line that announces it.</summary>
internal sealed record PlannedWrite(string Text, HttpMethod Method, string Path, JsonObject? Body);

/// <summary>What a party has to be changed in; nothing of it is written when there is a rejection.</summary>
internal sealed record PlannedChanges
{
    public IReadOnlyList<string> Unchanged { get; init; } = [];

    public IReadOnlyList<PlannedWrite> Writes { get; init; } = [];

    public (string Message, string Hint)? Rejection { get; init; }

    /// <summary>What the options request and the party, or a rule of ours, does not take. The message names the option and whose rule it is.</summary>
    public static PlannedChanges Rejected(string message, string hint) => new() { Rejection = (message, hint) };

    /// <summary>As a diff: what is there, what is added, changed or removed.</summary>
    public void Print(Terminal terminal)
    {
        foreach (string text in Unchanged)
        {
            terminal.Print($"= {PrintableText.Of(text)}");
        }

        foreach (PlannedWrite write in Writes)
        {
            terminal.Print(PrintableText.Of(write.Text));
        }

        if (Writes.Count == 0)
        {
            terminal.Print("nothing to change");
        }
    }
}
