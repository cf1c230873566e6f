using IssuerGateway.Base;

namespace IssuerGateway.Tests.Base;

public sealed class FileSetTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public void Sees_a_change_of_content_and_nothing_else()
    {
        string path = directory.File("a");
        File.WriteAllText(path, "one");
        string before = FileSet.Read(10, path).Hash;

        File.WriteAllText(path, "one");
        Assert.Equal(before, FileSet.Read(10, path).Hash);
        File.WriteAllText(path, "two");
        Assert.NotEqual(before, FileSet.Read(10, path).Hash);
    }

    [Fact]
    public void Tells_sets_apart_whose_contents_join_to_the_same()
    {
        (string a, string b) = (directory.File("a"), directory.File("b"));
        File.WriteAllText(a, "xy");
        File.WriteAllText(b, "z");
        string before = FileSet.Read(10, a, b).Hash;

        File.WriteAllText(a, "x");
        File.WriteAllText(b, "yz");

        Assert.NotEqual(before, FileSet.Read(10, a, b).Hash);
    }

    [Fact]
    public void Reads_a_Kubernetes_volume_through_its_link()
    {
        foreach (string generation in (string[])["..1", "..2"])
        {
            Directory.CreateDirectory(directory.File(generation));
            File.WriteAllText(directory.File($"{generation}/tls.crt"), generation);
        }

        File.CreateSymbolicLink(directory.File("..data"), "..1");
        File.CreateSymbolicLink(directory.File("tls.crt"), "..data/tls.crt");
        string before = FileSet.Read(10, directory.File("tls.crt")).Hash;

        File.Delete(directory.File("..data"));
        File.CreateSymbolicLink(directory.File("..data"), "..2");

        Assert.NotEqual(before, FileSet.Read(10, directory.File("tls.crt")).Hash);
    }

    [Theory]
    [InlineData(10, true)]
    [InlineData(11, false)]
    public void Rejects_a_file_beyond_the_bound(int length, bool isRead)
    {
        string path = directory.File("a");
        File.WriteAllBytes(path, new byte[length]);

        if (isRead)
        {
            Assert.Equal(length, FileSet.Read(10, path).Contents[0].Length);
        }
        else
        {
            Assert.Equal($"{path}: larger than the 10 bytes allowed", Assert.Throws<FileTooLargeException>(() => FileSet.Read(10, path)).Message);
        }
    }

    [Fact]
    public void Reads_a_file_larger_than_its_first_buffer()
    {
        string path = directory.File("a");
        byte[] content = new byte[200_000];
        Random.Shared.NextBytes(content);
        File.WriteAllBytes(path, content);

        Assert.Equal(content, FileSet.Read(300_000, path).Contents[0]);
    }
}
