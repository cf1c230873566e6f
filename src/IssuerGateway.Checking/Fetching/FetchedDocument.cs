using System.Net;

namespace IssuerGateway.Checking.Fetching;

/// <summary>A document as a server sent it: status, the headers that rules read, and at most 256 KiB of body.</summary>
public sealed record FetchedDocument
{
    public required HttpStatusCode Status { get; init; }

    public required string? ContentType { get; init; }

    public required bool HasContentLength { get; init; }

    public required TimeSpan? MaxAge { get; init; }

    /// <summary>A compression that nobody requested; null for none.</summary>
    public string? ContentEncoding { get; init; }

    /// <summary>Where a redirect points, as sent.</summary>
    public string? Location { get; init; }

    /// <summary>Where redirects led to, without a query, which may grant access; null when nothing was followed.</summary>
    public DocumentUrl? RedirectedTo { get; init; }

    public required DateTimeOffset? Date { get; init; }

    /// <summary>The bytes of all headers.</summary>
    public int HeaderLength { get; init; }

    /// <summary>Absent when it was larger than allowed.</summary>
    public required byte[]? Body { get; init; }

    public required TimeSpan Elapsed { get; init; }
}

/// <summary>Why there is no document: the rule that it breaks, what was seen, and the fix.</summary>
public sealed record DocumentFault(string Rule, string Found, string Fix)
{
    /// <summary>Whether a party may get what this check does not request.</summary>
    public bool IsOpen { get; init; }

    /// <summary>Whether a server responded, and not as HTTP/1.1 has it.</summary>
    public bool IsOtherProtocol { get; init; }

    /// <summary>How long was waited.</summary>
    public TimeSpan Elapsed { get; init; }
}

/// <summary>Either a response or the fault that took its place.</summary>
public readonly record struct FetchResult(FetchedDocument? Document, DocumentFault? Fault);
