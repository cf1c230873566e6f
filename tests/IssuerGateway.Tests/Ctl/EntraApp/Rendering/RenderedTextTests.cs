using IssuerGateway.Base;
using IssuerGateway.Ctl.Parties.EntraApp.Commands;
using IssuerGateway.Ctl.Parties.EntraApp.Rendering;

namespace IssuerGateway.Tests.Ctl.EntraApp.Rendering;

/// <summary>The forms of the app registration as recorded; UPDATE_GOLDEN=1 records them.</summary>
public class RenderedTextTests
{
    [Theory]
    [InlineData("az", "app-registration.az.sh")]
    [InlineData("bicep", "app-registration.bicep")]
    [InlineData("terraform", "app-registration.tf")]
    [InlineData("json", "app-registration.json")]
    public void The_manifests_are_what_render_prints(string format, string file) =>
        AssertRecorded($"manifests/entra/{file}", Rendered(SampleRegistrations.Placeholders, format));

    [Theory]
    [InlineData("az", "full.az.sh")]
    [InlineData("bicep", "full.bicep")]
    [InlineData("terraform", "full.tf")]
    [InlineData("json", "full.json")]
    public void Every_option_is_rendered_as_recorded(string format, string file) =>
        AssertRecorded($"tests/IssuerGateway.Tests/Ctl/EntraApp/Rendering/golden/{file}", Rendered(SampleRegistrations.Full, format));

    private static void AssertRecorded(string file, string text)
    {
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(Repository.File(file), text);
        }

        Assert.Equal(File.ReadAllText(Repository.File(file)), text);
    }

    private static string Rendered(RegistrationInput input, string format)
    {
        StringWriter output = new();
        Assert.Equal(0, RenderCommand.Render(input, format, new Terminal(output, TextWriter.Null)));
        return output.ToString();
    }
}
