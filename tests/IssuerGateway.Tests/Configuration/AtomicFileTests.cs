using System.Text;
using IssuerGateway.Configuration;

namespace IssuerGateway.Tests.Configuration;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public void Replaces_the_content_with_the_mode_requested_and_leaves_nothing_else()
    {
        string path = directory.File("state");
        File.WriteAllText(path, "a longer old content");

        AtomicFile.Write(path, "new"u8, AtomicFile.OwnerOnly);

        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal(AtomicFile.OwnerOnly, File.GetUnixFileMode(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(directory.Path));
    }

    [Fact]
    public void Leaves_the_old_file_when_it_cannot_write()
    {
        string path = directory.File("state");
        Directory.CreateDirectory(path);

        Assert.ThrowsAny<IOException>(() => AtomicFile.Write(path, "new"u8, AtomicFile.OwnerOnly));

        Assert.Equal([path], Directory.GetFileSystemEntries(directory.Path));
    }

    [Fact]
    public async Task A_reader_never_sees_a_torn_file()
    {
        string path = directory.File("state");
        byte[] a = Encoding.ASCII.GetBytes(new string('a', 100_000));
        byte[] b = Encoding.ASCII.GetBytes(new string('b', 90_000));
        AtomicFile.Write(path, a, AtomicFile.OwnerOnly);
        using CancellationTokenSource done = new();

        Task writer = Task.Run(async () =>
        {
            for (int i = 0; i < 50; i++)
            {
                AtomicFile.Write(path, i % 2 == 0 ? b : a, AtomicFile.OwnerOnly);
            }

            await done.CancelAsync();
        });

        int reads = 0;
        while (!done.IsCancellationRequested || reads == 0)
        {
            byte[] seen = await File.ReadAllBytesAsync(path);
            Assert.True(seen.AsSpan().SequenceEqual(a) || seen.AsSpan().SequenceEqual(b));
            reads++;
        }

        await writer;
    }

    [Fact]
    public void Removes_what_a_killed_process_left()
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        File.WriteAllText(directory.File(".state.0123.tmp"), "half");
        File.SetLastWriteTimeUtc(directory.File(".state.0123.tmp"), now.UtcDateTime.AddMinutes(-11));
        File.WriteAllText(directory.File(".state.4567.tmp"), "of a process that is still writing");
        File.WriteAllText(directory.File("state"), "whole");

        AtomicFile.RemoveLeftovers(directory.Path, now.AddMinutes(-10));

        Assert.Equal([directory.File(".state.4567.tmp"), directory.File("state")], Directory.GetFiles(directory.Path).Order(StringComparer.Ordinal));
    }
}
