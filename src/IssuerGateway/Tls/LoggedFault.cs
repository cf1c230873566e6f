namespace IssuerGateway.Tls;

/// <summary>A fault that is logged when it begins, becomes another one, or ends; not while it lasts.</summary>
internal sealed class LoggedFault
{
    private volatile string? current;

    public string? Current => current;

    public void Set(string? fault, Action<string> logBegin, Action? logEnd = null)
    {
        string? before = current;
        current = fault;
        if (fault is not null && fault != before)
        {
            logBegin(fault);
        }
        else if (fault is null && before is not null)
        {
            logEnd?.Invoke();
        }
    }
}
