using System.Reflection;

namespace IssuerGateway.Tests;

/// <summary>Where the build says that things lie.</summary>
internal static class Repository
{
    public static string File(string path) => Path.Combine(Metadata("RepositoryRoot"), path);

    public static string BicepCompiler => Metadata("BicepCompiler");

    private static string Metadata(string key) =>
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
