using System.Net;
using System.Text;
using IssuerGateway.Acme;
using IssuerGateway.Acme.Signing;
using IssuerGateway.Tls.Issuance;
using IssuerGateway.Tls.Issuance.Orders;

namespace IssuerGateway.Fuzz.Targets;

/// <summary>Responses of a CA, or of whoever responds in its place, through the client and into what is made of them.</summary>
internal static class AcmeTargets
{
    private static readonly Uri directoryUrl = new("https://ca.example.test/directory");
    private static readonly AcmeAccountKey key = AcmeAccountKey.Create(AcmeAccountKey.Es256);

    private static readonly string directory =
        """{"newNonce":"https://ca.example.test/nonce","newAccount":"https://ca.example.test/account","newOrder":"https://ca.example.test/order","renewalInfo":"https://ca.example.test/ari"}""";

    public static void Directory(byte[] body)
    {
        using StandInHandler handler = new(request => Response(HttpStatusCode.OK, request.RequestUri == directoryUrl ? body : []));
        AcmeResult<AcmeClient> client = Connect(handler);
        Validated(client);
        if (client.IsSuccess)
        {
            // Whatever URLs it names are queried.
            Validated(client.Value.NewAccountAsync(new AcmeAccountRequest(), default).GetAwaiter().GetResult());
            Validated(client.Value.NewOrderAsync(new AcmeOrderRequest { Identifiers = [AcmeIdentifier.Dns("a.example.test")] }, default).GetAwaiter().GetResult());
            Validated(RenewalInfoOf(handler));
            Validated(client.Value.ChangeKeyAsync(key, default).GetAwaiter().GetResult() ?? AcmeProblem.Of(AcmeProblemType.Other, ""));

            _ = client.Value.Directory.Meta?.Profiles?.ContainsKey("tlsserver");
            Validated(AcmeProblem.Of(AcmeProblemType.Other, string.Join(", ", client.Value.Directory.Meta?.Profiles?.Keys ?? [])));
        }
    }

    public static void Order(byte[] body) => WithClient(body, client =>
    {
        AcmeResult<AcmeOrder> order = client.GetOrderAsync(new Uri("https://ca.example.test/order/1"), default).GetAwaiter().GetResult();
        Validated(order);
        if (order.IsSuccess)
        {
            foreach (Uri authorization in order.Value.Authorizations)
            {
                Validated(client.GetAuthorizationAsync(authorization, default).GetAwaiter().GetResult());
            }

            Validated(client.FinalizeAsync(order.Value, [1], default).GetAwaiter().GetResult());
            if (order.Value.Certificate is { } certificate)
            {
                Validated(client.DownloadAsync(certificate, "Root", default).GetAwaiter().GetResult());
            }

            Validated(AcmeProblem.Of(order.Value.Error, 0, null));
        }
    });

    public static void Authorization(byte[] body) => WithClient(body, client =>
    {
        AcmeResult<AcmeAuthorization> authorization = client.GetAuthorizationAsync(new Uri("https://ca.example.test/authorization/1"), default).GetAwaiter().GetResult();
        Validated(authorization);
        if (authorization.IsSuccess)
        {
            foreach (AcmeChallenge challenge in authorization.Value.Challenges)
            {
                BrokenPromiseException.Unless(!challenge.HasUsableToken || challenge.Token!.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'), "a usable token leads nowhere");
                Validated(client.StartAsync(challenge, default).GetAwaiter().GetResult());
                Validated(AcmeProblem.Of(challenge.Error, 0, null));
            }

            Validated(AcmeProblem.Of(IssuanceProblem.NotValidated, $"{authorization.Value.Identifier.Value} is {authorization.Value.Status}"));
        }
    });

    public static void Problem(byte[] body) => WithClient(body, HttpStatusCode.Forbidden, "application/problem+json", client =>
        Validated(client.GetOrderAsync(new Uri("https://ca.example.test/order/1"), default).GetAwaiter().GetResult()));

    public static void RenewalInfo(byte[] body)
    {
        using StandInHandler handler = new(request => Response(HttpStatusCode.OK, request.RequestUri == directoryUrl ? Encoding.ASCII.GetBytes(directory) : body));
        AcmeResult<RenewalInfo> info = RenewalInfoOf(handler);
        Validated(info);
        if (info.IsSuccess)
        {
            RenewalWindow window = info.Value.SuggestedWindow;
            DateTimeOffset chosen = RenewalPoll.Choose(window.Start, window.End, 0.999);
            BrokenPromiseException.Unless(window.End <= window.Start || (chosen >= window.Start && chosen <= window.End), "a moment of the window");
            DateTimeOffset end = DateTimeOffset.UnixEpoch.AddYears(60);
            BrokenPromiseException.Unless(OrderSchedule.Due(DateTimeOffset.UnixEpoch, end, chosen, 0.5) < end, "due before the certificate ends");
        }
    }

    /// <summary>Header lines, then an empty line and the body; the first character chooses the status.</summary>
    public static void Headers(byte[] bytes)
    {
        string text = Encoding.Latin1.GetString(bytes);
        int end = text.IndexOf("\n\n", StringComparison.Ordinal);
        string[] lines = (end < 0 ? text : text[..end]).Split('\n');
        byte[] body = Encoding.Latin1.GetBytes(end < 0 ? "" : text[(end + 2)..]);
        HttpStatusCode status = lines[0] switch { "201" => HttpStatusCode.Created, "403" => HttpStatusCode.Forbidden, "429" => HttpStatusCode.TooManyRequests, "503" => HttpStatusCode.ServiceUnavailable, _ => HttpStatusCode.OK };
        using StandInHandler handler = new(request => request.RequestUri == directoryUrl
            ? Response(HttpStatusCode.OK, Encoding.ASCII.GetBytes(directory))
            : Response(status, body, contentType: null, lines[1..]));
        AcmeClient client = Connect(handler).Value!;
        Validated(client.NewAccountAsync(new AcmeAccountRequest(), default).GetAwaiter().GetResult());
        Validated(client.NewOrderAsync(new AcmeOrderRequest { Identifiers = [] }, default).GetAwaiter().GetResult());
        Validated(client.DownloadAsync(new Uri("https://ca.example.test/certificate/1"), "Root", default).GetAwaiter().GetResult());
        AcmeResult<RenewalInfo> info = RenewalInfoOf(handler);
        Validated(info);
        TimeSpan poll = RenewalPoll.NextPoll(info.IsSuccess ? info.Value.RetryAfter : info.Problem.RetryAfter);
        BrokenPromiseException.Unless(poll >= TimeSpan.FromMinutes(1) && poll <= TimeSpan.FromDays(1), "asked again neither at once nor never");
        _ = client.ClockAhead?.TotalSeconds;
        BrokenPromiseException.Unless(handler.Requests < 200, "a bounded number of requests");
    }

    private static void WithClient(byte[] body, Action<AcmeClient> use) => WithClient(body, HttpStatusCode.OK, "application/json", use);

    private static void WithClient(byte[] body, HttpStatusCode status, string contentType, Action<AcmeClient> use)
    {
        using StandInHandler handler = new(request => request.RequestUri == directoryUrl
            ? Response(HttpStatusCode.OK, Encoding.ASCII.GetBytes(directory))
            : request.Method == HttpMethod.Head ? Response(HttpStatusCode.OK, []) : Response(status, body, contentType));
        use(Connect(handler).Value!);
    }

    private static AcmeResult<AcmeClient> Connect(StandInHandler handler) =>
        AcmeClient.ConnectAsync(new HttpClient(handler), directoryUrl, key, new NoWait(), default).GetAwaiter().GetResult();

    private static AcmeResult<RenewalInfo> RenewalInfoOf(StandInHandler handler) =>
        AcmeClient.GetRenewalInfoAsync(new HttpClient(handler), directoryUrl, "a.b", new NoWait(), default).GetAwaiter().GetResult();

    /// <summary>Retries follow at once.</summary>
    private sealed class NoWait : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? TimeSpan.Zero : dueTime, period);
    }

    private static HttpResponseMessage Response(HttpStatusCode status, byte[] body, string? contentType = "application/json", params string[] headers)
    {
        HttpResponseMessage response = new(status) { Content = new ByteArrayContent(body) };
        response.Headers.Add("Replay-Nonce", "bm9uY2U");
        response.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        foreach (string line in headers)
        {
            string[] parts = line.Split(':', 2);
            if (parts.Length == 2 && !response.Headers.TryAddWithoutValidation(parts[0], parts[1].Trim()))
            {
                response.Content.Headers.TryAddWithoutValidation(parts[0], parts[1].Trim());
            }
        }

        return response;
    }

    private static void Validated<T>(AcmeResult<T> result) where T : class
    {
        BrokenPromiseException.Unless(result.Value is null == result.Problem is not null, "a response or a problem");
        if (!result.IsSuccess)
        {
            Validated(result.Problem);
        }
    }

    private static void Validated(AcmeProblem problem)
    {
        BrokenPromiseException.Unless(problem.Detail.Length <= 1000 && !problem.Detail.Any(char.IsControl), "printable text of bounded length");
        BrokenPromiseException.Unless(problem.Type.Length is > 0 and <= 64 && problem.Type.All(char.IsAsciiLetterOrDigit), "a word that can label a metric");
        BrokenPromiseException.Unless(problem.RetryAfter is null || (problem.RetryAfter >= TimeSpan.Zero && problem.RetryAfter <= RetryAfter.Longest), "a pause within bounds");
    }
}
