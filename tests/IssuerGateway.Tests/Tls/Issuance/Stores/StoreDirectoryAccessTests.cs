using IssuerGateway.Configuration;
using IssuerGateway.Tls.Issuance.Leadership;
using IssuerGateway.Tls.Issuance.Stores;

namespace IssuerGateway.Tests.Tls.Issuance.Stores;

public sealed class StoreDirectoryAccessTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Theory]
    [InlineData(0b111_000_000, 7u, null)]
    [InlineData(0b111_111_000, 0u, null)]
    [InlineData(0b111_101_101, 7u, "Tls:Acme:StoreDirectory: every user of this machine can list /state (mode 755). hint: chmod 0700 /state")]
    [InlineData(0b111_111_111, 0u, "Tls:Acme:StoreDirectory: every user of this machine can replace files in /state (mode 777). hint: chmod 0700 /state")]
    [InlineData(0b111_000_000, 8u, "Tls:Acme:StoreDirectory: /state belongs to user 8, who can replace its files; this process is user 7. hint: chown 7 /state")]
    public void Warns_of_a_directory_that_others_get_at(int mode, uint owner, string? warning) => Assert.Equal(warning, StoreDirectoryAccess.WarningOf("/state", (UnixFileMode)mode, owner, user: 7));

    [Theory]
    [InlineData(0b111_101_101, 7u, null)]
    [InlineData(0b111_111_101, 0u, null)]
    [InlineData(0b111_000_000, null, null)]
    [InlineData(0b111_111_111, 7u, "every user of this machine")]
    [InlineData(0b111_000_000, 8u, "user 8, whom it belongs to,")]
    public void Names_who_else_can_write(int mode, uint? owner, string? writer) => Assert.Equal(writer, StoreDirectoryAccess.WriterOf((UnixFileMode)mode, owner, user: 7));

    // S15: the owner of a directory replaces what is in it, whoever owns the files.
    [Fact]
    public void Reads_the_owner_of_the_directory_itself()
    {
        File.SetUnixFileMode(directory.Path, AtomicFile.OwnerOnlyFolder);
        Assert.Null(StoreDirectoryAccess.WarningOf(directory.Path));
        if (!Environment.IsPrivilegedProcess)
        {
            TestContext.Current.TestOutputHelper?.WriteLine("not run: another owner needs root");
            return;
        }

        using System.Diagnostics.Process chown = System.Diagnostics.Process.Start("chown", ["12345", directory.Path]);
        chown.WaitForExit();

        Assert.StartsWith($"Tls:Acme:StoreDirectory: {directory.Path} belongs to user 12345, who can replace its files", StoreDirectoryAccess.WarningOf(directory.Path), StringComparison.Ordinal);
    }

    // S15: whoever may open the lock may hold it.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_lock_is_readable_for_its_owner_alone_also_one_of_an_earlier_version(bool existed)
    {
        string file = directory.File("leader.lock");
        if (existed)
        {
            await File.WriteAllTextAsync(file, "");
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }

        UnixFileMode mode = default;
        using CancellationTokenSource stop = new();
        await new DirectoryLeadership(directory.Path, TimeProvider.System, new CapturedLog().For<DirectoryLeadership>()).LeadAsync(_ =>
        {
            mode = File.GetUnixFileMode(file);
            return stop.CancelAsync();
        }, stop.Token);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, mode);
    }

    // C12
    [Fact]
    public async Task The_state_of_a_newer_version_is_left_alone()
    {
        const string newer = """{"version":2,"accounts":{},"hosts":{},"more":1}""";
        await File.WriteAllTextAsync(directory.File("acme.json"), newer);
        DirectoryAcmeStore store = new(directory.Path, TimeProvider.System);

        StoredState stored = await store.LoadAsync(CancellationToken.None);

        Assert.True(stored.IsOfNewerVersion);
        Assert.Equal(stored.Fault, await store.SaveAsync(AcmeState.Empty, CancellationToken.None));
        Assert.Equal(newer, await File.ReadAllTextAsync(directory.File("acme.json")));
        Assert.Single(Directory.GetFiles(directory.Path));
    }

    [Fact]
    public async Task A_member_that_a_newer_build_of_this_version_added_is_ignored()
    {
        await File.WriteAllTextAsync(directory.File("acme.json"), """{"version":1,"accounts":{},"hosts":{"a.example.test":{"failures":2,"more":[1]}},"more":1}""");

        Assert.Equal(2, (await new DirectoryAcmeStore(directory.Path, TimeProvider.System).LoadAsync(CancellationToken.None)).State!.Host("a.example.test").Failures);
    }
}
