using System.Text.Json;
using IssuerGateway.Ctl.Parties;
using IssuerGateway.Ctl.Parties.EntraApp.Rendering.Texts;

namespace IssuerGateway.Tests.Ctl.EntraApp.Rendering;

/// <summary>The rendered Bicep file under the real compiler.</summary>
public sealed class BicepTextTests : IDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("entra-bicep-");

    public void Dispose() => directory.Delete(recursive: true);

    [Fact]
    public async Task The_manifest_compiles_to_the_three_resources()
    {
        using JsonDocument template = JsonDocument.Parse(await CompiledAsync(BicepText.Text(SampleRegistrations.Validated(SampleRegistrations.Placeholders))));

        Assert.Equal(
            ["Microsoft.Graph/applications/federatedIdentityCredentials@v1.0", "Microsoft.Graph/applications@v1.0", "Microsoft.Graph/servicePrincipals@v1.0"],
            template.RootElement.GetProperty("resources").EnumerateObject().Select(resource => resource.Value.GetProperty("type").GetString()).Order(StringComparer.Ordinal));
        JsonElement parameters = template.RootElement.GetProperty("parameters");
        Assert.Equal("https://oidc.example.com", parameters.GetProperty("issuer").GetProperty("defaultValue").GetString());
        Assert.Equal("system:serviceaccount:azure-demo:azure-demo", parameters.GetProperty("subject").GetProperty("defaultValue").GetString());
        Assert.Equal("api://AzureADTokenExchange", parameters.GetProperty("audience").GetProperty("defaultValue").GetString());
        Assert.Equal("kubernetes", parameters.GetProperty("credentialName").GetProperty("defaultValue").GetString());
    }

    [Fact]
    public async Task A_template_with_every_option_compiles()
    {
        using JsonDocument template = JsonDocument.Parse(await CompiledAsync(BicepText.Text(SampleRegistrations.Validated(SampleRegistrations.Full))));

        JsonElement app = template.RootElement.GetProperty("resources").GetProperty("app").GetProperty("properties");
        Assert.Equal("ApplicationGroup", app.GetProperty("groupMembershipClaims").GetString());
        Assert.Equal(["admin", "Reader.All"], app.GetProperty("appRoles").EnumerateArray().Select(role => role.GetProperty("value").GetString()!));
    }

    [Fact]
    public async Task The_compiler_would_notice_a_property_that_Graph_does_not_have()
    {
        ProgramRun run = await CompileAsync(BicepText.Text(SampleRegistrations.Validated(SampleRegistrations.Placeholders)).Replace("redirectUris", "redirectUrls", StringComparison.Ordinal));

        Assert.Contains("BCP089", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task The_compiler_s_formatter_changes_nothing(string name)
    {
        string text = BicepText.Text(SampleRegistrations.Validated(name == "full" ? SampleRegistrations.Full : SampleRegistrations.Placeholders));
        string file = Path.Combine(directory.FullName, "main.bicep");
        await File.WriteAllTextAsync(file, text);

        ProgramRun run = await ProgramRun.OfAsync(Repository.BicepCompiler, ["format", file, "--stdout"]);

        Assert.Equal(text, run.Output);
    }

    public static TheoryData<string> Samples => ["placeholders", "full"];

    [Theory]
    [InlineData("it's")]
    [InlineData("${subscription().id}")]
    [InlineData("back\\slash\\'")]
    [InlineData("\"quoted\" $100 {braces}")]
    public async Task Quotes_any_text_as_one_literal(string value)
    {
        using JsonDocument template = JsonDocument.Parse(await CompiledAsync($"output value string = {TextQuoting.Bicep(value)}\n"));

        // A text that starts with a bracket would be an expression in the compiled template; none of these does.
        Assert.Equal(value, template.RootElement.GetProperty("outputs").GetProperty("value").GetProperty("value").GetString());
    }

    private async Task<string> CompiledAsync(string text)
    {
        ProgramRun run = await CompileAsync(text);
        Assert.Equal("", run.Error);
        Assert.Equal(0, run.ExitCode);
        return run.Output;
    }

    private async Task<ProgramRun> CompileAsync(string text)
    {
        if (text.Contains("extension microsoftGraphV1", StringComparison.Ordinal))
        {
            await PackTypesAsync();
        }

        string file = Path.Combine(directory.FullName, "main.bicep");
        await File.WriteAllTextAsync(file, text);
        return await ProgramRun.OfAsync(Repository.BicepCompiler, ["build", file, "--stdout"]);
    }

    private async Task PackTypesAsync()
    {
        string types = Repository.File("tests/IssuerGateway.Tests/Ctl/EntraApp/Rendering/bicep-types/index.json");
        ProgramRun packed = await ProgramRun.OfAsync(Repository.BicepCompiler, ["publish-extension", types, "--target", Path.Combine(directory.FullName, "graph.tgz"), "--force"]);
        Assert.Equal(0, packed.ExitCode);
        await File.WriteAllTextAsync(Path.Combine(directory.FullName, "bicepconfig.json"), """{ "extensions": { "microsoftGraphV1": "./graph.tgz" } }""");
    }
}
