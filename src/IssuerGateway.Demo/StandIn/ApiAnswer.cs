using System.Text;

namespace IssuerGateway.Demo.StandIn;

/// <summary>An answer in the API server's words (compare tests/fixtures), before the headers that are the same for all.</summary>
internal sealed record ApiAnswer(int Status, string ContentType, string Body)
{
    public string CacheControl { get; init; } = "no-cache, private";

    public bool NoSniff { get; init; }

    /// <summary>A header that only this kind of answer has.</summary>
    public (string Name, string Value)? Extra { get; init; }

    public byte[] Bytes => Encoding.UTF8.GetBytes(Body);

    public static ApiAnswer Unauthorized { get; } = new(401, "application/json", StatusBody(401, "Unauthorized", "Unauthorized", details: false));

    public static ApiAnswer NotFound { get; } = PlainText(404, "404 page not found\n");

    /// <summary>What API Priority and Fairness answers when its queues are full.</summary>
    public static ApiAnswer TooManyRequests { get; } = PlainText(429, "Too many requests, please try again later.\n") with { Extra = ("Retry-After", "1") };

    public static ApiAnswer Ok { get; } = PlainText(200, "ok");

    public static ApiAnswer MethodNotAllowed { get; } = Failure(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");

    public static ApiAnswer Document(string contentType, string body, TimeSpan maxAge) =>
        new(200, contentType, body) { CacheControl = $"public, max-age={(long)maxAge.TotalSeconds}" };

    public static ApiAnswer Object(int status, string body) => new(status, "application/json", body);

    public static ApiAnswer NotAcceptable(string available) =>
        Failure(406, "NotAcceptable", $"406: Not Acceptable\n\nAvailable representations: {available}");

    public static ApiAnswer Forbidden(string message) => Failure(403, "Forbidden", message) with { NoSniff = true };

    public static ApiAnswer Failure(int status, string reason, string message) =>
        new(status, "application/json", StatusBody(status, reason, message, details: true));

    private static ApiAnswer PlainText(int status, string body) => new(status, "text/plain; charset=utf-8", body) { NoSniff = true };

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
