using System.Net;
using System.Text.Json;
using IssuerGateway.Base;

namespace IssuerGateway.Ctl.Parties.EntraApp.Graph;

/// <summary>A request that failed at Microsoft Graph, in words that say what to do.</summary>
internal sealed record GraphFault
{
    public required string Request { get; init; }

    /// <summary>Null when there was no response at all.</summary>
    public HttpStatusCode? Status { get; init; }

    /// <summary>Graph's own word, such as <c>Authorization_RequestDenied</c>.</summary>
    public string? Code { get; init; }

    public string? Message { get; init; }

    /// <summary>What Microsoft's support requests.</summary>
    public string? RequestId { get; init; }

    /// <summary>Whether the TLS handshake was rejected, most often because a certificate is not trusted.</summary>
    public bool IsUntrusted { get; init; }

    /// <summary>Graph says that it is not there; a 404 without its error is of a proxy or another server.</summary>
    public bool IsNotFound => Status == HttpStatusCode.NotFound && Code is not null;

    /// <summary>A new application is not on every directory server at once; until it is, its dependents cannot be made.</summary>
    public bool MayBePropagation =>
        IsNotFound || (Status == HttpStatusCode.BadRequest && (Code is "NoBackingApplicationObject" || Message?.Contains("does not reference a valid application object", StringComparison.Ordinal) == true
            || Message?.Contains("was not found on application", StringComparison.Ordinal) == true));

    public Failure ToFailure() => new(ExitCode.CouldNotRun, Describe(), Hint());

    private string Describe()
    {
        string outcome = IsUntrusted ? "has no TLS connection that both sides accept" : Status is null ? "did not respond" : $"responded with {(int)Status}";
        string code = Code is null ? "" : $" {PrintableText.Of(Code)}";
        string message = Message is null ? "" : $": {PrintableText.Of(Message)}";
        string id = RequestId is null ? "" : $" (request-id {PrintableText.Of(RequestId)})";
        return $"{Request}: Microsoft Graph {outcome}{code}{message}{id}";
    }

    private string Hint() => Status switch
    {
        null when IsUntrusted => "check --graph-endpoint. Where a proxy inspects TLS, add its CA to the trust store of this machine, or name a file with all roots in SSL_CERT_FILE (--ca is for the issuer only)",
        null => "check the network, the proxy and --graph-endpoint",
        HttpStatusCode.BadRequest when Message?.Contains("uniqueName", StringComparison.OrdinalIgnoreCase) == true =>
            "an app that was deleted less than 30 days ago holds this unique name (az rest --url https://graph.microsoft.com/v1.0/directory/deletedItems/microsoft.graph.application): restore it, delete it for good, or use another --app-name",
        HttpStatusCode.BadRequest => "Entra rejects a value; the message says which",
        HttpStatusCode.Unauthorized => "the token is not valid for Microsoft Graph, or has expired: sign in again (az login --allow-no-subscriptions --tenant TENANT)",
        HttpStatusCode.Forbidden => "needed: role Application Developer and Application.ReadWrite.All (user), or Application.ReadWrite.OwnedBy (app)",
        HttpStatusCode.NotFound when Code is null => "another server or a proxy responded: check --graph-endpoint",
        HttpStatusCode.NotFound => "it was there a moment ago, or is not on every directory server yet: run it again",
        HttpStatusCode.Conflict => "somebody changes the same app, or a deleted app still has this unique name (az rest --url https://graph.microsoft.com/v1.0/directory/deletedItems/microsoft.graph.application): wait or restore it",
        HttpStatusCode.TooManyRequests => "Graph throttles this tenant: run it again in some minutes, what is done stays done",
        >= HttpStatusCode.InternalServerError => "Graph is in trouble: run it again later, what is done stays done",
        >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest => "redirects are not followed, a token would travel with them: check --graph-endpoint",
        _ => "run it again; with the request-id Microsoft's support can find the request",
    };

    /// <summary>Reads Graph's error body; anything else in it is not shown.</summary>
    public static GraphFault Of(string request, HttpResponseMessage response, byte[] body)
    {
        (string? code, string? message) = Read(body);
        return new GraphFault
        {
            Request = request,
            Status = response.StatusCode,
            Code = Without(code, response.RequestMessage),
            Message = Without(message, response.RequestMessage),
            RequestId = Without(response.Headers.TryGetValues("request-id", out IEnumerable<string>? ids) ? ids.First() : null, response.RequestMessage),
        };
    }

    /// <summary>A text of the other side without the token of the request: any part of a response may repeat it.</summary>
    public static string? Without(string? text, HttpRequestMessage? request) =>
        text is null ? null : CredentialRedaction.Without(text, request?.Headers.Authorization?.Parameter is { } token ? [token] : []);

    private static (string? Code, string? Message) Read(byte[] body)
    {
        try
        {
            GraphErrorBody? error = JsonSerializer.Deserialize(body, GraphReadJson.Default.GraphErrorBody);
            return (error?.Error?.Code, error?.Error?.Message);
        }
        catch (JsonException)
        {
            return (null, null);
        }
    }
}
