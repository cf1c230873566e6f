namespace IssuerGateway.Ctl.Parties.EntraApp.Graph;

/// <summary>One page of a list, and where the next one is (OData JSON Format §4.6.5).</summary>
internal interface IGraphPage<TItem>
{
    IReadOnlyList<TItem>? Value { get; }

    string? NextLink { get; }
}
