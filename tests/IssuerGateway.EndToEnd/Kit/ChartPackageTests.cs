namespace IssuerGateway.EndToEnd.Kit;

/// <summary>The packages of a release: the values name the image, and the charts say where they come from.</summary>
public sealed class ChartPackageTests : IDisposable
{
    private const string Address = "https://git.example.com/o/issuer-gateway";
    private const string Image = "registry.example.com/o/issuer-gateway";

    private static readonly string digest = $"sha256:{new string('a', 64)}";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("charts-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void A_release_names_its_image_by_tag_and_digest_and_where_it_comes_from()
    {
        Command package = Package("--repository", Address, "--image", Image, "--digest", digest);
        Assert.True(package.ExitCode == 0, package.Transcript);

        foreach (string helm in Helm.Versions)
        {
            Command gateway = Run(helm, "template", "rel", Chart(RenderedChart.Gateway), "--set", "issuers[0].identifier=https://oidc.example.com", "--set", "tls.mode=none");
            Assert.Contains($"image: \"{Image}:0.1.0@{digest}\"", gateway.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("There is no default: build it", Run(helm, "show", "all", Chart(RenderedChart.Gateway)).Output, StringComparison.Ordinal);
            Command workload = Run(helm, "show", "values", Chart(RenderedChart.Workload));
            Assert.Contains($"repository: \"{Image}\"", workload.Output, StringComparison.Ordinal);
            Assert.All((string[])[RenderedChart.Gateway, RenderedChart.Workload, RenderedChart.Identity], chart =>
            {
                string shown = Run(helm, "show", "chart", Chart(chart)).Output;
                Assert.All(
                    [$"home: {Address}\n", $"- {Address}/tree/v0.1.0/charts/{chart}\n", $"icon: {Address}/raw/v0.1.0/docs/images/icon.svg\n", "artifacthub.io/category: security\n",
                        "artifacthub.io/license: Apache-2.0\n", "artifacthub.io/changes: |", $"url: {Address}/blob/v0.1.0/docs/README.md\n"],
                    text => Assert.Contains(text, shown, StringComparison.Ordinal));
            });
        }

        Assert.True(File.Exists(Path.Combine(KitFolder.Root, "docs", "images", "icon.svg")));
    }

    // Artifact Hub lists and scans these: a chart names what its own values name, and no more.
    [Theory]
    [InlineData(RenderedChart.Gateway, true, false)]
    [InlineData(RenderedChart.Workload, true, true)]
    [InlineData(RenderedChart.Identity, false, true)]
    public void A_release_names_the_images_of_each_chart(string chart, bool hasGateway, bool hasProxy)
    {
        Assert.Equal(0, Package("--repository", Address, "--image", Image, "--digest", digest).ExitCode);

        string shown = Run(Helm.Four, "show", "chart", Chart(chart)).Output;

        Assert.Equal(hasGateway, shown.Contains($"image: {Image}:0.1.0@{digest}\n", StringComparison.Ordinal));
        Assert.Equal(hasProxy, shown.Contains("image: quay.io/oauth2-proxy/oauth2-proxy:v7.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(RenderedChart.Gateway, "/SECURITY.md#")]
    [InlineData(RenderedChart.Workload, "/charts/oauth2-proxy-workload/examples/nginx.conf)")]
    [InlineData(RenderedChart.Identity, "/docs/how-to/upgrade.md#")]
    public void The_README_of_a_release_links_to_the_repository(string chart, string target)
    {
        Assert.Equal(0, Package("--repository", Address, "--image", Image, "--digest", digest).ExitCode);

        string shown = Run(Helm.Four, "show", "readme", Chart(chart)).Output;

        Assert.Contains($"]({Address}/blob/v0.1.0{target}", shown, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"\]\((?!https://|#)", shown);
    }

    [Fact]
    public void Without_a_repository_no_address_is_invented()
    {
        Assert.Equal(0, Package().ExitCode);

        string shown = Run(Helm.Four, "show", "chart", Chart(RenderedChart.Gateway)).Output;

        Assert.All(["home:", "sources:", "icon:", "https://"], text => Assert.DoesNotContain(text, shown, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("given together", "--repository", Address)]
    [InlineData("--repository", "--repository", "http://git.example.com/o/r", "--image", Image, "--digest", "sha256:a")]
    [InlineData("--image", "--repository", Address, "--image", "registry.example.com/o/r:1.0", "--digest", "sha256:a")]
    [InlineData("--digest", "--repository", Address, "--image", Image, "--digest", "sha256:a")]
    public void What_is_wrong_is_named(string text, params string[] options)
    {
        Command package = Package(options);

        Assert.Equal(2, package.ExitCode);
        Assert.Contains(text, package.Error, StringComparison.Ordinal);
    }

    private Command Package(params string[] options) => Command.Run("env", [$"HELM={KitFolder.Tool(Helm.Four)}", "node", "charts/package.mjs", folder.FullName, .. options]);

    private string Chart(string name) => Path.Combine(folder.FullName, $"{name}-0.1.0.tgz");

    private static Command Run(string helm, params string[] arguments)
    {
        Command run = Command.Run(KitFolder.Tool(helm), arguments);
        Assert.True(run.ExitCode == 0, run.Transcript);
        return run;
    }
}
