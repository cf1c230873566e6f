using IssuerGateway.Configuration;
using IssuerGateway.Ctl.Parties.EntraApp.Registering;
using IssuerGateway.Tests.Tls;

namespace IssuerGateway.Tests.Configuration;

public sealed class BoundedFileWorkerTests
{
    private readonly BoundedFileWorker disk = new() { Timeout = TimeSpan.FromMinutes(2) };

    [Fact]
    public async Task Does_what_it_is_given_and_not_on_a_thread_of_the_pool()
    {
        Assert.Equal((5, false), await disk.DoAsync(() => (5, Thread.CurrentThread.IsThreadPoolThread), (0, true)));
    }

    [Fact]
    public async Task Waits_for_work_that_is_stuck_no_longer_than_it_says_and_begins_no_other()
    {
        BoundedFileWorker brief = new() { Timeout = TimeSpan.FromMilliseconds(50) };
        using ManualResetEventSlim isBack = new();
        int begun = 0;

        Assert.Equal("late", await brief.DoAsync(() => Work(isBack), "late"));
        Assert.Equal("late", await brief.DoAsync(() => $"{++begun}", "late"));
        Assert.Equal("late", await brief.DoAsync(() => $"{++begun}", "late"));
        Assert.Equal(0, begun);
        Assert.Equal("did not respond within 5 s", new BoundedFileWorker().TimedOutText);

        isBack.Set();
        await Eventually.TrueAsync(async () =>
        {
            await brief.DoAsync(() => $"{++begun}", "late");
            return begun > 0;
        });
    }

    [Fact]
    public async Task Does_one_piece_after_the_other()
    {
        int underWay = 0, most = 0;

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => disk.DoAsync(() =>
        {
            most = Math.Max(most, Interlocked.Increment(ref underWay));
            Thread.Yield();
            return Interlocked.Decrement(ref underWay);
        }, -1)));

        Assert.Equal(1, most);
    }

    [Fact]
    public async Task Gives_an_error_to_whoever_requested_the_work_and_to_nobody_else()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => disk.DoAsync<string>(() => throw new InvalidOperationException("a bug"), "late"));

        Assert.Equal("done", await disk.DoAsync(() => "done", "late"));
    }

    private static string Work(ManualResetEventSlim isBack)
    {
        isBack.Wait();
        return "done";
    }
}
