namespace IssuerGateway.Kubernetes.Documents;

/// <summary>The closed list of <see cref="FetchFault.Code"/>; they are values of a metric label, so nothing else may appear there.</summary>
public static class FaultCode
{
    public const string Unauthorized = "unauthorized";
    public const string Forbidden = "forbidden";
    public const string NotFound = "not-found";
    public const string NotAcceptable = "not-acceptable";
    public const string TooManyRequests = "too-many-requests";
    public const string ServerError = "server-error";
    public const string UnexpectedStatus = "unexpected-status";
    public const string Redirect = "redirect";
    public const string Timeout = "timeout";
    public const string ConnectFailed = "connect-failed";
    public const string TlsFailed = "tls-failed";
    public const string TlsUntrusted = "tls-untrusted";
    public const string TlsNameMismatch = "tls-name-mismatch";
    public const string Oversize = "oversize";
    public const string WrongContentType = "wrong-content-type";
    public const string ContentEncoded = "content-encoded";
    public const string Truncated = "truncated";
    public const string InvalidResponse = "invalid-response";
    public const string PrivateKeyBlock = "private-key-block";
    public const string PublicKeyInvalid = "public-key-invalid";

    public static IReadOnlyList<string> All { get; } =
    [
        .. new[]
        {
            Unauthorized, Forbidden, NotFound, NotAcceptable, TooManyRequests, ServerError, UnexpectedStatus, Redirect, Timeout,
            ConnectFailed, TlsFailed, TlsUntrusted, TlsNameMismatch, Oversize, WrongContentType, ContentEncoded, Truncated,
            InvalidResponse, PrivateKeyBlock, PublicKeyInvalid,
        }.Union(AccessFaultCode.All),
    ];

    public static FetchFault ToFetchFault(this AccessFault fault) => new(fault.Code, fault.Message, fault.Hint);
}
