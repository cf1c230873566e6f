namespace IssuerGateway.Upstream;

/// <summary>What one server said at one refresh: both documents, or the fault that kept them away.</summary>
internal sealed record UpstreamResponse(string Server, DocumentPair? Documents, FetchFault? Fault);

/// <summary>Both documents of one server as received.</summary>
/// <param name="MaxAge">The smaller max-age of the two answers (RFC 9111 §5.2.2.1); absent when neither had one; 0 is possible.</param>
internal sealed record DocumentPair(ReadOnlyMemory<byte> Discovery, ReadOnlyMemory<byte> KeySet, TimeSpan? MaxAge);

/// <summary>Why a server's documents could not be had: a code of a closed list, the message and the fix.</summary>
internal sealed record FetchFault(string Code, string Message, string Hint);
