namespace IssuerGateway.Tls.Sources;

/// <summary>Ends the wait of every polled certificate source, so that an operator's SIGHUP takes effect at once.</summary>
internal sealed class ReloadRequest(TimeProvider time)
{
    private TaskCompletionSource made = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Make() =>
        Interlocked.Exchange(ref made, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();

    /// <summary>Take it before reading a source: a request made while it is being read is then not lost.</summary>
    public Task Next() => Volatile.Read(ref made).Task;

    public async Task WaitAsync(TimeSpan atMost, Task requested, CancellationToken cancellationToken)
    {
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(requested, Task.Delay(atMost, time, ended.Token));
        await ended.CancelAsync();
    }
}
