namespace IssuerGateway.Kubernetes.Documents;

/// <summary>What one server returned at one refresh: both documents, or the fault that kept them from us.</summary>
public sealed record UpstreamResponse(string Server, DocumentPair? Documents, FetchFault? Fault);

/// <summary>Both documents of one server as received.</summary>
/// <param name="MaxAge">The smaller max-age of the two responses (RFC 9111 §5.2.2.1); absent when neither had one; 0 is possible.</param>
public sealed record DocumentPair(ReadOnlyMemory<byte> Discovery, ReadOnlyMemory<byte> KeySet, TimeSpan? MaxAge);

/// <summary>Why a server's documents could not be fetched: a code of a closed list, the message and the fix.</summary>
public sealed record FetchFault(string Code, string Message, string Hint);
