using IssuerGateway.Kubernetes;

namespace IssuerGateway.Tests.Kubernetes;

public sealed class ReaderThreadsTests
{
    private static readonly TimeSpan ample = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Gives_what_the_work_returned_or_threw()
    {
        Assert.True(ReaderThreads.TryRun(() => 7, ample, out Task<int> good));
        Assert.Equal(7, await good);

        Assert.True(ReaderThreads.TryRun<int>(() => throw new FileNotFoundException("no such file"), ample, out Task<int> bad));
        Assert.Equal("no such file", (await Assert.ThrowsAsync<FileNotFoundException>(() => bad)).Message);
    }

    [Fact]
    public async Task Leaves_a_thread_to_work_that_is_stuck_and_holds_up_no_other()
    {
        using SemaphoreSlim back = new(0);
        List<Task<int>> stuck = [];
        for (int i = 0; i < 5; i++)
        {
            Assert.False(ReaderThreads.TryRun(() => { back.Wait(); return 1; }, TimeSpan.FromMilliseconds(50), out Task<int> running));
            stuck.Add(running);
            Assert.True(ReaderThreads.TryRun(() => 7, ample, out _));
        }

        Assert.All(stuck, running => Assert.False(running.IsCompleted));
        back.Release(stuck.Count);
        Assert.All(await Task.WhenAll(stuck).WaitAsync(ample, TestContext.Current.CancellationToken), result => Assert.Equal(1, result));
    }

    [Fact]
    public async Task Keeps_threads_for_the_next_work()
    {
        HashSet<int> threads = [];
        for (int i = 0; i < 200; i++)
        {
            Assert.True(ReaderThreads.TryRun(() => Environment.CurrentManagedThreadId, ample, out Task<int> running));
            threads.Add(await running);
        }

        // Other tests read files meanwhile, so not always the same one; without any kept there would be 200.
        Assert.True(threads.Count < 100, $"{threads.Count} threads");
    }
}
