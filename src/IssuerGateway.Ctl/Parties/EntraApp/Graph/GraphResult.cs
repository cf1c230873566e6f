namespace IssuerGateway.Ctl.Parties.EntraApp.Graph;

/// <summary>A value, or why there is none; never both.</summary>
internal readonly record struct GraphResult<T>(T? Value, GraphFault? Fault)
    where T : class
{
    public bool IsNotFound => Fault is { IsNotFound: true };
}
