using System.Text.Json;
using IssuerGateway.EndToEnd.Kit;

namespace IssuerGateway.EndToEnd.Security;

/// <summary>What the programs are made of is locked, known by license, and written down for whoever runs them.</summary>
public sealed class SupplyChainTests
{
    /// <summary>Of the build: nothing of them is in the binary, but for the runtime, which the bill names by itself.</summary>
    private static readonly string[] ofTheBuild = ["Microsoft.CodeAnalysis.BannedApiAnalyzers", "Microsoft.DotNet.ILCompiler", "Microsoft.NET.ILLink.Tasks"];

    [Fact]
    public void Every_project_has_a_lock_file() =>
        Assert.All(
            Command.Run("git", "ls-files", "*.csproj").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            project => Assert.True(File.Exists(Path.Combine(KitFolder.Root, Path.GetDirectoryName(project)!, "packages.lock.json")), project));

    [Fact]
    public void The_notices_name_every_package_and_its_license()
    {
        Command run = Command.Run("node", "tests/tools/notices.mjs", "--check");

        Assert.True(run.ExitCode == 0, run.Transcript);
    }

    [Theory]
    [InlineData("issuer-gateway", "IssuerGateway", "Microsoft.NETCore.App", "Microsoft.AspNetCore.App")]
    [InlineData("issuerctl", "IssuerGateway.Ctl", "Microsoft.NETCore.App")]
    public async Task The_bill_of_materials_holds_what_the_lock_file_holds_each_with_licence_and_hash(string program, string project, params string[] frameworks)
    {
        string file = Path.GetTempFileName();
        try
        {
            Command run = await Task.Run(() => Command.Run("bash", "tests/sbom.sh", file, program));
            Assert.True(run.ExitCode == 0, run.Transcript);
            using JsonDocument bill = JsonDocument.Parse(await File.ReadAllBytesAsync(file));

            Dictionary<string, JsonElement> components = bill.RootElement.GetProperty("components").EnumerateArray().ToDictionary(Name);

            Assert.Equal(("CycloneDX", "1.6"), (bill.RootElement.GetProperty("bomFormat").GetString(), bill.RootElement.GetProperty("specVersion").GetString()));
            Assert.Equal(
                Locked(project).Select(package => $"{package.Name} {package.Version}").Order(StringComparer.Ordinal),
                components.Values.Where(component => component.GetProperty("type").GetString() == "library")
                    .Select(component => $"{Name(component)} {component.GetProperty("version").GetString()}").Order(StringComparer.Ordinal));
            Assert.Equal(frameworks.Order(StringComparer.Ordinal), components.Values.Where(component => component.GetProperty("type").GetString() == "framework").Select(Name).Order(StringComparer.Ordinal));
            Assert.Equal(program, Name(bill.RootElement.GetProperty("metadata").GetProperty("component")));
            Assert.All(components.Values, component => Assert.NotEqual(0, component.GetProperty("licenses").GetArrayLength()));
            Assert.All(Locked(project), package => Assert.Equal("SHA-512", components[package.Name].GetProperty("hashes")[0].GetProperty("alg").GetString()));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static IEnumerable<(string Name, string Version)> Locked(string project)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(KitFolder.Root, "src", project, "packages.lock.json")));
        return [.. json.RootElement.GetProperty("dependencies").GetProperty("net10.0").EnumerateObject()
            .Where(package => package.Value.GetProperty("type").GetString() != "Project" && !ofTheBuild.Contains(package.Name))
            .Select(package => (package.Name, package.Value.GetProperty("resolved").GetString()!))];
    }

    private static string Name(JsonElement component) => component.GetProperty("name").GetString()!;
}
