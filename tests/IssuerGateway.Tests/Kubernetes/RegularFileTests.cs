using System.Diagnostics;
using IssuerGateway.Base;
using IssuerGateway.Kubernetes;

namespace IssuerGateway.Tests.Kubernetes;

/// <summary>Token, CA and kubeconfig files, and what can stand in their place.</summary>
public sealed class RegularFileTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Theory]
    [InlineData("pipe")]
    [InlineData("link to a pipe")]
    [InlineData("/dev/zero")]
    [InlineData("/dev/null")]
    [InlineData("directory")]
    public void Anything_but_a_regular_file_is_a_fault_at_once(string kind)
    {
        string path = kind[0] == '/' ? kind : directory.File("it");
        string pipe = kind == "pipe" ? path : directory.File("pipe");
        if (kind.EndsWith("pipe", StringComparison.Ordinal))
        {
            using Process made = Process.Start("mkfifo", [pipe]);
            made.WaitForExit();
        }

        if (kind == "link to a pipe")
        {
            File.CreateSymbolicLink(path, pipe);
        }
        else if (kind == "directory")
        {
            Directory.CreateDirectory(path);
        }

        Assert.Equal(
            new AccessFault("file-unreadable", $"{path}: is not a regular file", "a hint"),
            FileReading.Read(100, "a hint", path).Fault);
    }

    [Theory]
    [InlineData("absent", "file-missing", "no such file")]
    [InlineData("file/below", "file-missing", "no such file")]
    [InlineData("large", "oversize", "larger than the 100 bytes allowed")]
    public void Says_what_is_wrong(string name, string code, string message)
    {
        File.WriteAllText(directory.File("file"), "x");
        File.WriteAllBytes(directory.File("large"), new byte[101]);

        Assert.Equal(new AccessFault(code, $"{directory.File(name)}: {message}", "a hint"), FileReading.Read(100, "a hint", directory.File(name)).Fault);
    }

    [Fact]
    public void Reads_whole_files_of_one_generation()
    {
        byte[] content = new byte[100_000];
        Random.Shared.NextBytes(content);
        File.WriteAllBytes(directory.File("a"), content);
        File.WriteAllText(directory.File("b"), "");

        FileSet read = RegularFile.Read(100_000, directory.File("a"), directory.File("b"));

        Assert.Equal(content, read.Contents[0]);
        Assert.Empty(read.Contents[1]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Opens_a_file_on_each_platform(bool isLinux)
    {
        File.WriteAllText(directory.File("a"), "abc");

        using Microsoft.Win32.SafeHandles.SafeFileHandle file = RegularFile.OpenFile(directory.File("a"), isLinux);

        Assert.Equal(3, RandomAccess.GetLength(file));
        Assert.Throws<FileNotFoundException>(() => RegularFile.OpenFile(directory.File("absent"), isLinux));
    }

    [Fact]
    public void Files_of_proc_have_no_length_and_are_read_whole() =>
        Assert.StartsWith("Name:", System.Text.Encoding.ASCII.GetString(RegularFile.Read(65536, "/proc/self/status").Contents[0]), StringComparison.Ordinal);
}
