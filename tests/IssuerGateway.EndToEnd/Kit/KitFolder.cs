namespace IssuerGateway.EndToEnd.Kit;

/// <summary>Where charts, manifests and their tools are, from wherever the tests run.</summary>
internal static class KitFolder
{
    public static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    public static string Charts => Path.Combine(Root, "charts");

    public static string Manifests => Path.Combine(Root, "manifests");

    /// <summary>What tests/tools/install.sh has put there.</summary>
    public static string Tools => Environment.GetEnvironmentVariable("TOOLS_DIRECTORY") ?? Path.Combine(Root, "artifacts", "tools");

    public static string Tool(string name) => Path.Combine(Tools, "bin", name);

    private static string FindRoot(string directory) =>
        File.Exists(Path.Combine(directory, "IssuerGateway.sln")) ? directory : FindRoot(Path.GetDirectoryName(directory)!);
}
