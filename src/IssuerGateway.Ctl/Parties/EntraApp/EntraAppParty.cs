using IssuerGateway.Ctl.Parties.EntraApp.Commands;
using IssuerGateway.Ctl.Parties.Exchange;

namespace IssuerGateway.Ctl.Parties.EntraApp;

/// <summary>The app registration of Microsoft Entra ID as a relying party.</summary>
internal static class EntraAppParty
{
    public const string Name = "entra-app";

    public const string Permissions =
        "Needs the role Application Developer and Application.ReadWrite.All (user), or Application.ReadWrite.OwnedBy (app).";

    public static PartyCommands Create(ProgramEnvironment environment) => new()
    {
        Render = RenderCommand.Create(environment.Terminal),
        Plan = new PlanCommand(environment).Build(),
        Apply = new ApplyCommand(environment).Build(),
        Remove = new RemoveCommand(environment).Build(),
        Verify = new VerifyCommand(environment).Build(),
        Test = EntraExchange.Create(Name, environment),
    };
}
