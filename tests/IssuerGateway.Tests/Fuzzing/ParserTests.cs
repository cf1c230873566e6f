using CsCheck;
using IssuerGateway.Fuzz;
using IssuerGateway.Publishing.State;
using IssuerGateway.Tls.Issuance.Stores;

namespace IssuerGateway.Tests.Fuzzing;

/// <summary>What every parser of foreign bytes promises, for the kept inputs of the fuzzer and for thousands near them.</summary>
public sealed class ParserTests
{
    private const int Samples = 2000;

    public static TheoryData<string> Targets => [.. FuzzTarget.All.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Keeps_its_promises_for_every_input_of_its_corpus(string name)
    {
        FuzzTarget target = FuzzTarget.All.Single(target => target.Name == name);
        IReadOnlyList<byte[]> corpus = Mutation.CorpusOf(target);

        Assert.NotEmpty(corpus);
        Assert.All(corpus, target.Run);
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Keeps_its_promises_for_inputs_near_its_corpus(string name)
    {
        FuzzTarget target = FuzzTarget.All.Single(target => target.Name == name);

        Mutation.Of(Mutation.CorpusOf(target)).Sample(target.Run, iter: Samples, print: Convert.ToHexString);
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Keeps_its_promises_for_nothing_and_for_more_than_it_takes(string name)
    {
        FuzzTarget target = FuzzTarget.All.Single(target => target.Name == name);

        target.Run([]);
        target.Run(new byte[1 << 20]);
        target.Run([.. Enumerable.Repeat((byte)'[', 100_000)]);
    }

    [Fact]
    public void Has_a_corpus_for_each_target_and_a_target_for_each_corpus() =>
        Assert.Equal(FuzzTarget.All.Select(target => target.Name).Order(StringComparer.Ordinal),
            Directory.EnumerateDirectories(Path.GetDirectoryName(FuzzTarget.All[0].CorpusDirectory)!).Select(Path.GetFileName).Order(StringComparer.Ordinal));

    [Fact]
    public void Starts_from_state_files_that_are_read_whole()
    {
        Assert.Contains(CorpusOf("last-known-good"), text => LastKnownGoodText.Read(text) is { IsIntact: true });
        Assert.Contains(CorpusOf("key-history"), text => KeyHistoryText.Read(text) is { IsIntact: true });
        Assert.Contains(CorpusOf("acme-state"), text => AcmeStateText.Read(text).State is not null);
        static IEnumerable<byte[]> CorpusOf(string name) => Mutation.CorpusOf(FuzzTarget.All.Single(target => target.Name == name));
    }

    [Fact]
    public void Is_able_to_fail()
    {
        FuzzTarget broken = new("if-none-match", bytes => BrokenPromiseException.Unless(!bytes.AsSpan().StartsWith("W/"u8), "no weak tags"));

        Assert.Throws<BrokenPromiseException>(() => broken.Run("W/\"a\""u8.ToArray()));
        Assert.Throws<CsCheckException>(() => Mutation.Of(Mutation.CorpusOf(broken)).Sample(broken.Run, iter: Samples));
    }
}
