using IssuerGateway.Ctl.Parties.EntraApp.Commands;

namespace IssuerGateway.Ctl.Parties.EntraApp;

/// <summary>The app registration of Microsoft Entra ID as a relying party.</summary>
internal static class EntraAppParty
{
    public const string Name = "entra-app";

    public static PartyCommands Create(ProgramEnvironment environment) => new()
    {
        Render = RenderCommand.Create(environment.Terminal),
        Plan = new PlanCommand(environment).Build(),
        Apply = new ApplyCommand(environment).Build(),
        Remove = new RemoveCommand(environment).Build(),
        Verify = new VerifyCommand(environment).Build(),
    };
}
