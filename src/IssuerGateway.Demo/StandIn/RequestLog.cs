namespace IssuerGateway.Demo.StandIn;

/// <summary>A request as it reached an API server.</summary>
/// <param name="Target">The request target as sent, with its query.</param>
/// <param name="Connection">Distinguishes connections of one server.</param>
internal sealed record ReceivedRequest(string Method, string Target, string Protocol, IReadOnlyDictionary<string, string> Headers, string Connection)
{
    public string Path => Target.Split('?', 2)[0];
}

/// <summary>Every request that one API server has received, in order.</summary>
internal sealed class RequestLog
{
    private readonly Lock gate = new();
    private readonly List<ReceivedRequest> requests = [];
    private TaskCompletionSource changed = NewSignal();

    public IReadOnlyList<ReceivedRequest> All
    {
        get
        {
            lock (gate)
            {
                return [.. requests];
            }
        }
    }

    public int Count(string? path = null) => All.Count(request => path is null || request.Path == path);

    /// <summary>Ends when the path has been requested so many times since the log was last cleared.</summary>
    public async Task WaitForAsync(string path, int count, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            Task next;
            lock (gate)
            {
                if (requests.Count(request => request.Path == path) >= count)
                {
                    return;
                }

                next = changed.Task;
            }

            await next.WaitAsync(cancellationToken);
        }
    }

    public void Clear()
    {
        lock (gate)
        {
            requests.Clear();
        }
    }

    public void Add(ReceivedRequest request)
    {
        TaskCompletionSource signal;
        lock (gate)
        {
            requests.Add(request);
            signal = changed;
            changed = NewSignal();
        }

        signal.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
