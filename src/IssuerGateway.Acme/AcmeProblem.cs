using System.Net;
using System.Text;
using System.Text.Json.Serialization;

namespace IssuerGateway.Acme;

/// <summary>Why a step failed: the CA's problem document (RFC 8555 §6.7, RFC 9457), or what kept it from sending one.</summary>
public sealed record AcmeProblem
{
    public const string Prefix = "urn:ietf:params:acme:error:";
    private const int MaxDetail = 400;

    /// <summary>The last part of the type of RFC 8555 §6.7, or one of <see cref="AcmeProblemType"/>.</summary>
    public required string Type { get; init; }

    /// <summary>Printable text of bounded length.</summary>
    public required string Detail { get; init; }

    public int Status { get; init; }

    /// <summary>With badSignatureAlgorithm: what the CA takes (RFC 8555 §6.2).</summary>
    public IReadOnlyList<string> Algorithms { get; init; } = [];

    /// <summary>How long the CA wants to be left alone (RFC 8555 §6.6).</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static AcmeProblem Of(string type, string detail) => new() { Type = type, Detail = Printable(detail) };

    public static AcmeProblem Of(AcmeProblemDocument? document, int status, TimeSpan? retryAfter)
    {
        string type = document?.Type ?? "";
        string details = string.Join("; ", ((IEnumerable<AcmeProblemDocument>)[document ?? new AcmeProblemDocument(), .. document?.Subproblems ?? []])
            .Where(each => !string.IsNullOrEmpty(each.Detail))
            .Select(each => each.Identifier is { } identifier ? $"{identifier.Value}: {each.Detail}" : each.Detail!));
        return new AcmeProblem
        {
            Type = type.StartsWith(Prefix, StringComparison.Ordinal) ? Word(type[Prefix.Length..]) : AcmeProblemType.Other,
            Detail = Printable(details.Length > 0 ? details : $"status {status} without an explanation"),
            Status = status,
            RetryAfter = retryAfter,
            Algorithms = document?.Algorithms ?? [],
        };
    }

    /// <summary>A response that ought to have been a problem document (proxies and load balancers write HTML).</summary>
    public static AcmeProblem OfStatus(Uri url, HttpStatusCode status, string? contentType, TimeSpan? retryAfter) => new()
    {
        Type = status switch
        {
            HttpStatusCode.TooManyRequests => AcmeProblemType.RateLimited,
            >= HttpStatusCode.InternalServerError => AcmeProblemType.Unavailable,
            _ => AcmeProblemType.NotAcme,
        },
        Detail = $"{url} responded with {(int)status} and {Printable(contentType ?? "no content type")}",
        Status = (int)status,
        RetryAfter = retryAfter,
    };

    public override string ToString() => $"{Type}: {Detail}";

    // It becomes the label of a metric.
    private static string Word(string type) =>
        type.Length is > 0 and <= 64 && type.All(char.IsAsciiLetterOrDigit) ? type : AcmeProblemType.Other;

    private static string Printable(string text)
    {
        StringBuilder printable = new();
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, MaxDetail)))
        {
            printable.Append(char.IsControl(c) ? ' ' : c);
        }

        return printable.ToString();
    }
}

/// <summary>Types of problems that are not the CA's, and those of the CA that decide how to go on.</summary>
public static class AcmeProblemType
{
    public const string Other = "other";
    public const string Unreachable = "unreachable";
    public const string Untrusted = "untrusted";
    public const string Unavailable = "unavailable";
    public const string NotAcme = "notAcme";
    public const string Unsupported = "unsupported";

    public const string BadCsr = "badCSR";
    public const string BadNonce = "badNonce";
    public const string BadPublicKey = "badPublicKey";
    public const string BadSignatureAlgorithm = "badSignatureAlgorithm";
    public const string Malformed = "malformed";
    public const string RateLimited = "rateLimited";
    public const string AlreadyRevoked = "alreadyRevoked";
    public const string AlreadyReplaced = "alreadyReplaced";
    public const string AccountDoesNotExist = "accountDoesNotExist";
    public const string OrderNotReady = "orderNotReady";
}

/// <summary>RFC 9457 §3.1 with the members of RFC 8555 §6.7.1.</summary>
public sealed record AcmeProblemDocument
{
    public string? Type { get; init; }

    public string? Detail { get; init; }

    public AcmeIdentifier? Identifier { get; init; }

    public IReadOnlyList<string>? Algorithms { get; init => field = value is null ? null : NonNullList.Of(value); }

    /// <summary>Whether it is one of RFC 8555 §6.7, whatever media type it came with.</summary>
    [JsonIgnore]
    public bool IsOfAcme => Type?.StartsWith(AcmeProblem.Prefix, StringComparison.Ordinal) == true;

    public IReadOnlyList<AcmeProblemDocument>? Subproblems { get; init => field = value is null ? null : NonNullList.Of(value); }
}
