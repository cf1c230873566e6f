using IssuerGateway.Edge.Connections;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Time.Testing;

namespace IssuerGateway.Tests.Edge.Connections;

public sealed class AbandonedConnectionGuardTests : IDisposable
{
    private readonly FakeTimeProvider time = new();
    private readonly CancellationTokenSource closed = new();
    private readonly TaskCompletionSource work = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Dispose() => closed.Dispose();

    [Fact]
    public async Task Ends_when_the_work_ends()
    {
        Task run = RunAsync();
        Assert.False(run.IsCompleted);

        work.SetResult();

        await run;
    }

    [Fact]
    public async Task Lets_the_fault_of_the_work_through()
    {
        Task run = RunAsync();

        work.SetException(new InvalidDataException());

        await Assert.ThrowsAsync<InvalidDataException>(() => run);
    }

    [Fact]
    public async Task Waits_a_moment_for_work_whose_client_has_closed_its_side()
    {
        Task run = RunAsync();
        await closed.CancelAsync();
        Assert.False(run.IsCompleted);

        work.SetResult();

        await run;
    }

    [Fact]
    public async Task Lets_go_of_work_that_does_not_end_with_the_socket()
    {
        Task run = RunAsync();
        await closed.CancelAsync();
        while (!run.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(2));
            await Task.Yield();
        }

        await run;
        Assert.False(work.Task.IsCompleted);
    }

    private Task RunAsync() => AbandonedConnectionGuard.RunAsync(new DefaultConnectionContext("test") { ConnectionClosed = closed.Token }, _ => work.Task, time);
}
