namespace IssuerGateway.EndToEnd.Kit;

/// <summary>issuerctl as built beside the tests.</summary>
internal static class CtlProgram
{
    public static Command Run(params IReadOnlyList<string> arguments) =>
        Command.Run("dotnet", [Path.Combine(AppContext.BaseDirectory, "issuerctl.dll"), .. arguments]);
}
