using IssuerGateway.Tls.Sources;

namespace IssuerGateway.Tls.Issuance;

/// <summary>An operator's request to renew one host's certificate now; accepted only while this replica leads, and completed once.</summary>
internal sealed class RenewalRequest(string host, TimeProvider time)
{
    private readonly ReloadRequest signal = new(time);
    private readonly Lock gate = new();
    private TaskCompletionSource<CommandResult>? pending;
    private TaskCompletionSource<CommandResult>? underWay;
    private bool isOpen;

    public bool IsPending => Volatile.Read(ref pending) is not null;

    /// <summary>
    /// Wakes the renewal. Requests share one order that has not begun; one that comes later gets an order of its own, because
    /// what is under way may be the certificate that the operator wants to be rid of.
    /// </summary>
    public Task<CommandResult> MakeAsync()
    {
        lock (gate)
        {
            if (!isOpen)
            {
                return Task.FromResult(new CommandResult(false, $"{host}: this replica does not lead", "try again in a moment"));
            }

            if (pending is null)
            {
                pending = new TaskCompletionSource<CommandResult>(TaskCreationOptions.RunContinuationsAsynchronously);
                signal.Make();
            }

            return pending.Task;
        }
    }

    public Task Next() => signal.Next();

    public Task WaitAsync(TimeSpan delay, Task requested, CancellationToken cancellationToken) => signal.WaitAsync(delay, requested, cancellationToken);

    public void Open()
    {
        lock (gate)
        {
            isOpen = true;
        }
    }

    /// <summary>A request does not outlive its leadership: the next leader must not begin with an order that nobody wants any more.</summary>
    public void Close()
    {
        lock (gate)
        {
            isOpen = false;
        }

        Fail(new CommandResult(false, $"{host}: this replica stopped leading", "send the request to the replica that leads now"));
    }

    /// <summary>An order begins; it is that of the request made before, if there is one.</summary>
    public void Begin()
    {
        lock (gate)
        {
            (underWay, pending) = (pending, null);
        }
    }

    /// <summary>The order that began last has ended.</summary>
    public void Complete(CommandResult result)
    {
        lock (gate)
        {
            underWay?.TrySetResult(result);
            underWay = null;
        }
    }

    /// <summary>Ends every request: there will be no order.</summary>
    public void Fail(CommandResult result)
    {
        lock (gate)
        {
            Complete(result);
            pending?.TrySetResult(result);
            pending = null;
        }
    }
}
