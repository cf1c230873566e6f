using IssuerGateway.Demo.StandIn;

namespace IssuerGateway.Tests.Publishing;

/// <summary>What an upstream fault is called, and whether one of three API servers can have it alone.</summary>
internal sealed record NamedFault(string Fault, string Rule, bool CanHitOneOfThree);

/// <summary>What is expected of any fault in one situation.</summary>
internal sealed record FaultSituation
{
    public required int Servers { get; init; }

    public required bool AllAreFaulty { get; init; }

    public required string Start { get; init; }

    public required int Documents { get; init; }

    public required string Bytes { get; init; }

    public required int ReadyAtOnce { get; init; }

    public required int ReadyLater { get; init; }

    public required string ReadySays { get; init; }

    public required int Stale { get; init; }
}

/// <summary>tests/FAULTS.md as data: the expectations that the fault matrix is held against.</summary>
internal static class FaultTable
{
    public static IReadOnlyList<NamedFault> Faults { get; } =
        [.. Rows("Upstream: what a fault is called").Select(cells => new NamedFault(cells[0], cells[1], cells[2] == "yes"))];

    public static IReadOnlyList<FaultSituation> Situations { get; } =
    [
        .. Rows("Upstream: what each situation looks like").Select(cells => new FaultSituation
        {
            Servers = int.Parse(cells[0]),
            AllAreFaulty = cells[1] == "all",
            Start = cells[2],
            Documents = int.Parse(cells[3]),
            Bytes = cells[4],
            ReadyAtOnce = int.Parse(cells[5]),
            ReadyLater = int.Parse(cells[6]),
            ReadySays = cells[7],
            Stale = int.Parse(cells[8]),
        }),
    ];

    private static IEnumerable<string[]> Rows(string heading) =>
        File.ReadLines(Repository.File("tests/FAULTS.md"))
            .SkipWhile(line => line != $"## {heading}")
            .Skip(1)
            .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
            .Where(line => line.StartsWith('|'))
            .Skip(2)
            .Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries));
}
