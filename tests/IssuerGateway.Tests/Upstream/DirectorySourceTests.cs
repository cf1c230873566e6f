using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Upstream;

namespace IssuerGateway.Tests.Upstream;

public sealed class DirectorySourceTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private readonly DirectorySource source;

    public DirectorySourceTests()
    {
        source = new DirectorySource(directory.Path, new FetchLimits());
        Directory.CreateDirectory(directory.File(".well-known"));
        Directory.CreateDirectory(directory.File("openid/v1"));
        File.WriteAllText(directory.File(".well-known/openid-configuration"), "discovery");
        File.WriteAllText(directory.File("openid/v1/jwks"), "keys");
    }

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task Gives_both_files_as_they_are_at_each_refresh()
    {
        UpstreamResponse response = Assert.Single(await source.FetchAsync(CancellationToken.None));
        Assert.Equal($"directory {directory.Path}", response.Server);
        Assert.Equal("discovery"u8.ToArray(), response.Documents!.Discovery.ToArray());
        Assert.Equal("keys"u8.ToArray(), response.Documents.KeySet.ToArray());
        Assert.Null(response.Documents.MaxAge);

        File.WriteAllText(directory.File("openid/v1/jwks"), "more keys");
        Assert.Equal("more keys"u8.ToArray(), Assert.Single(await source.FetchAsync(CancellationToken.None)).Documents!.KeySet.ToArray());
    }

    [Theory]
    [InlineData(".well-known/openid-configuration")]
    [InlineData("openid/v1/jwks")]
    public async Task One_missing_file_is_a_fault(string missing)
    {
        File.Delete(directory.File(missing));

        Assert.Equal(
            new FetchFault("file-missing", $"{directory.File(missing)}: no such file", "let issuer-gateway export write into this directory, or correct Upstream:Directory"),
            Assert.Single(await source.FetchAsync(CancellationToken.None)).Fault);
    }

    [Fact]
    public async Task A_missing_directory_is_a_fault()
    {
        DirectorySource absent = new(directory.File("absent"), new FetchLimits());

        Assert.Equal("file-missing", Assert.Single(await absent.FetchAsync(CancellationToken.None)).Fault?.Code);
    }

    [Fact]
    public async Task A_file_over_256_KiB_is_a_fault()
    {
        File.WriteAllBytes(directory.File("openid/v1/jwks"), new byte[262145]);

        FetchFault? fault = Assert.Single(await source.FetchAsync(CancellationToken.None)).Fault;

        Assert.Equal(("oversize", $"{directory.File("openid/v1/jwks")}: larger than the 262144 bytes allowed"), (fault?.Code, fault?.Message));
    }
}
