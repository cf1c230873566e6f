namespace IssuerGateway.Ctl.Cluster.Inspection;

/// <summary>
/// Reads one API server: the process boundary of inspection and verification. Every response is a value, also a failed
/// one: what cannot be read is part of the result.
/// </summary>
internal interface IApiReader
{
    /// <summary>The address, as <c>https://host:port</c>.</summary>
    string Server { get; }

    Task<ApiResponse> GetAsync(string path, CancellationToken cancellationToken);

    /// <summary>The same without credentials.</summary>
    Task<ApiResponse> GetAnonymouslyAsync(string path, CancellationToken cancellationToken);

    /// <summary>The same with another bearer token.</summary>
    Task<ApiResponse> GetWithTokenAsync(string path, string token, CancellationToken cancellationToken);

    Task<ApiResponse> PostAsync(string path, string body, CancellationToken cancellationToken);
}
