using IssuerGateway.Base;
using IssuerGateway.Ctl.Parties.EntraApp.Commands;
using IssuerGateway.Ctl.Parties.EntraApp.Rendering;

namespace IssuerGateway.Tests.Ctl.EntraApp.Rendering;

public class RenderedTextTests
{
    [Theory]
    [InlineData("az", "app-registration.az.sh")]
    [InlineData("bicep", "app-registration.bicep")]
    [InlineData("terraform", "app-registration.tf")]
    [InlineData("json", "app-registration.json")]
    public void The_manifests_are_what_render_prints(string format, string file) =>
        Assert.Equal(File.ReadAllText(Repository.File($"manifests/entra/{file}")), Rendered(SampleRegistrations.Placeholders, format));

    [Theory]
    [InlineData("az", "full.az.sh")]
    [InlineData("bicep", "full.bicep")]
    [InlineData("terraform", "full.tf")]
    [InlineData("json", "full.json")]
    public void Every_option_is_rendered_as_recorded(string format, string file) =>
        Assert.Equal(File.ReadAllText(Repository.File($"tests/IssuerGateway.Tests/Ctl/EntraApp/Rendering/golden/{file}")), Rendered(SampleRegistrations.Full, format));

    private static string Rendered(RegistrationInput input, string format)
    {
        StringWriter output = new();
        Assert.Equal(0, RenderCommand.Render(input, format, new Terminal(output, TextWriter.Null)));
        return output.ToString();
    }
}
