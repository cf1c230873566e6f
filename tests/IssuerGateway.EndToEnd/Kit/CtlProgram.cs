namespace IssuerGateway.EndToEnd.Kit;

/// <summary>issuerctl where it was built: beside the tests the web framework stands in for some of its packages.</summary>
internal static class CtlProgram
{
    public static string Path { get; } = System.IO.Path.Combine(KitFolder.Root, "src", "IssuerGateway.Ctl", "bin", "Release", "net10.0", "issuerctl.dll");

    public static Command Run(params IReadOnlyList<string> arguments) => Command.Run("dotnet", [Path, .. arguments]);
}
