using System.Buffers;
using System.Text.RegularExpressions;
using IssuerGateway.Base;

namespace IssuerGateway.Checking.Tokens;

/// <summary>Whether a value that belongs elsewhere may be a token, so that it is not shown.</summary>
public static partial class TokenShape
{
    private const int MinOpaqueLength = 40;

    private static readonly SearchValues<char> base64Characters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>Signed, signed and encoded once more as in a Secret, a bootstrap token, or the long word that an opaque one is.</summary>
    public static bool IsLike(string text) =>
        SecretText.HasToken(text) || TokenFileText.IsEncodedToken(text) || Bootstrap().IsMatch(text)
        || (text.Length >= MinOpaqueLength && !text.AsSpan().TrimEnd('=').ContainsAnyExcept(base64Characters));

    /// <summary>What is in the place of a file and is none, so that it is not shown; null for a path.</summary>
    public static string? InPlaceOfFile(string path) => Path.Exists(path) ? null
        : path.Contains("://", StringComparison.Ordinal) ? "the value is a URL, and a file is expected"
        : IsLike(path) ? "the value is a token, and a file is expected"
        : null;

    // Kubernetes, bootstrap tokens: an id of 6 characters and a secret of 16.
    [GeneratedRegex("^[a-z0-9]{6}\\.[a-z0-9]{16}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Bootstrap();
}
