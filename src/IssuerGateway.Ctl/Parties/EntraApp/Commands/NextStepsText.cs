using IssuerGateway.Base;
using IssuerGateway.Ctl.Parties.EntraApp.Rendering;

namespace IssuerGateway.Ctl.Parties.EntraApp.Commands;

/// <summary>The last words of <c>plan</c> and <c>apply</c>: the client id, and what to do with it.</summary>
internal static class NextStepsText
{
    public static void Write(AppRegistration registration, string? appId, Terminal terminal)
    {
        terminal.Print($"client id: {appId ?? "known after apply"}");
        terminal.PrintText(HelmLine.Of(registration, appId ?? HelmLine.UnknownClientId));
    }
}
