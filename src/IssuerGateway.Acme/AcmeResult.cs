using System.Diagnostics.CodeAnalysis;

namespace IssuerGateway.Acme;

/// <summary>What a CA returned, or the problem that stood in the way; exactly one of the two.</summary>
public readonly record struct AcmeResult<T> where T : class
{
    private AcmeResult(T? value, AcmeProblem? problem)
    {
        Value = value;
        Problem = problem;
    }

    public T? Value { get; }

    public AcmeProblem? Problem { get; }

    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Problem))]
    public bool IsSuccess => Problem is null;

    public static implicit operator AcmeResult<T>(T value) => new(value, null);

    public static implicit operator AcmeResult<T>(AcmeProblem problem) => new(null, problem);
}
