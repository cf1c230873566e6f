using IssuerGateway.Ctl.Parties.EntraApp.Rendering;

namespace IssuerGateway.Ctl.Parties.EntraApp.Commands;

/// <summary>The last words of <c>plan</c> and <c>apply</c>: the client id, and what to do with it.</summary>
internal static class NextStepsText
{
    public static void Write(AppRegistration registration, string? appId, TextWriter output)
    {
        output.WriteLine($"client id: {appId ?? "known after apply"}");
        output.WriteLine(HelmLine.Of(registration, appId ?? HelmLine.UnknownClientId));
    }
}
