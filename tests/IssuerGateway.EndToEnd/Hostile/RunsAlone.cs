namespace IssuerGateway.EndToEnd.Hostile;

/// <summary>What counts in per cent or in MiB while hundreds of connections attack: not beside other tests, and after them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class RunsAlone
{
    public const string Name = "alone";
}
