using System.Text;

namespace IssuerGateway.Demo.StandIn;

/// <summary>A response in the API server's words (compare tests/fixtures), before the headers that are the same for all.</summary>
internal sealed record StandInResponse(int Status, string ContentType, string Body)
{
    public string CacheControl { get; init; } = "no-cache, private";

    public bool NoSniff { get; init; }

    /// <summary>A header that only this kind of response has.</summary>
    public (string Name, string Value)? Extra { get; init; }

    public byte[] Bytes => Encoding.UTF8.GetBytes(Body);

    public static StandInResponse Unauthorized { get; } = new(401, "application/json", StatusBody(401, "Unauthorized", "Unauthorized", details: false));

    public static StandInResponse NotFound { get; } = PlainText(404, "404 page not found\n");

    /// <summary>What API Priority and Fairness returns when its queues are full.</summary>
    public static StandInResponse TooManyRequests { get; } = PlainText(429, "Too many requests, please try again later.\n") with { Extra = ("Retry-After", "1") };

    public static StandInResponse Ok { get; } = PlainText(200, "ok");

    public static StandInResponse MethodNotAllowed { get; } = Failure(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");

    public static StandInResponse Document(string contentType, string body, TimeSpan maxAge) =>
        new(200, contentType, body) { CacheControl = $"public, max-age={(long)maxAge.TotalSeconds}" };

    public static StandInResponse Object(int status, string body) => new(status, "application/json", body);

    public static StandInResponse NotAcceptable(string available) =>
        Failure(406, "NotAcceptable", $"406: Not Acceptable\n\nAvailable representations: {available}");

    public static StandInResponse Forbidden(string message) => Failure(403, "Forbidden", message) with { NoSniff = true };

    public static StandInResponse Failure(int status, string reason, string message) =>
        new(status, "application/json", StatusBody(status, reason, message, details: true));

    private static StandInResponse PlainText(int status, string body) => new(status, "text/plain; charset=utf-8", body) { NoSniff = true };

    // Indented as the recorded ones are: what the API server sends to curl and to browsers.
    private static string StatusBody(int status, string reason, string message, bool details) => $$"""
        {
          "kind": "Status",
          "apiVersion": "v1",
          "metadata": {},
          "status": "Failure",
          "message": {{GoJson.Text(message)}},
          "reason": "{{reason}}",{{(details ? "\n  \"details\": {}," : "")}}
          "code": {{status}}
        }
        """;
}
