namespace IssuerGateway.EndToEnd.Kit;

/// <summary>The `helm install` line that ends the Entra registration is one that the chart accepts.</summary>
public sealed class HelmLineTests
{
    private static readonly string[] registration =
    [
        "trust", "render", "entra-app", "--format", "az", "--tenant", "11111111-2222-3333-4444-555555555555", "--app-name", "demo", "--issuer", "https://oidc.example.com",
        "--namespace", "apps", "--service-account", "azure-demo", "--host", "app.example.com",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2, "--host", "other.example.com")]
    [InlineData(1, "--app-role", "App.Users", "--app-role", "App.Admins")]
    public void Each_line_installs(int lines, params string[] options)
    {
        Command render = CtlProgram.Run([.. registration, .. options]);
        string[] installs = [.. render.Output.Split('\n').Where(line => line.StartsWith("helm install ", StringComparison.Ordinal))];

        Assert.Equal(lines, installs.Length);
        foreach (string helm in Helm.Versions)
        {
            Assert.All(installs, line =>
            {
                Command template = Command.Run("bash", "-c", line
                    .Replace("helm install ", $"{KitFolder.Tool(helm)} template ", StringComparison.Ordinal)
                    .Replace("CLIENT_ID", "66666666-7777-8888-9999-000000000000", StringComparison.Ordinal)
                    .Replace("GROUP_OBJECT_ID", "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", StringComparison.Ordinal));

                Assert.True(template.ExitCode == 0, template.Transcript);
                Assert.Contains("serviceAccountName: \"azure-demo\"\n", template.Output, StringComparison.Ordinal);
            });
        }
    }
}
