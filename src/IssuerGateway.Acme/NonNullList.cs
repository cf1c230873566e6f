using System.Text.Json;

namespace IssuerGateway.Acme;

/// <summary>Lists without nulls, which nullable annotations do not reach into.</summary>
internal static class NonNullList
{
    /// <exception cref="JsonException">An element is null.</exception>
    public static IReadOnlyList<T> Of<T>(IReadOnlyList<T> list) where T : class =>
        list.All(element => element is not null) ? list : throw new JsonException();
}
