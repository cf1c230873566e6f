using System.Net;
using System.Net.Http.Headers;
using Azure.Core;
using IssuerGateway.Checking.Fetching;
using Microsoft.Extensions.Http.Resilience;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace IssuerGateway.Ctl.Parties.EntraApp.Graph;

/// <summary>How a request travels: repeated while Graph throttles or is unavailable, signed with a current token, never redirected.</summary>
internal static class GraphPipeline
{
    /// <summary>Attempts after the first; with doubling waits they span about two minutes.</summary>
    public const int Retries = 6;

    /// <summary>A longer wait than this is not waited for: a person sits in front of it.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan attemptTimeout = TimeSpan.FromSeconds(30);

    public static HttpClient Create(Uri endpoint, TokenCredential credential, ProgramEnvironment environment, Action<string> progress)
    {
        SocketsHttpHandler transport = new()
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(10),
        };
        transport.SslOptions.CertificateChainPolicy = new ConnectionOverrides().ChainPolicy();
        ResilienceHandler attempt = new(AttemptLimit(environment)) { InnerHandler = new BufferingHandler { InnerHandler = transport } };

        // Behind the retry, so that a token is current at each attempt, and before the limit of an attempt: signing in has its own, and its failure is none of Graph's.
        BearerHandler bearer = new(credential, $"{endpoint.GetLeftPart(UriPartial.Authority)}/.default", environment.Time) { InnerHandler = attempt };
        HttpClient http = new(new ResilienceHandler(Retry(environment, progress)) { InnerHandler = bearer })
        {
            BaseAddress = new Uri(endpoint, "v1.0/"),
            MaxResponseContentBufferSize = GraphClient.MaxResponseBytes,

            // The pipeline times each attempt; this would cut off waiting for Retry-After.
            Timeout = Timeout.InfiniteTimeSpan,
        };
        http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("issuerctl", typeof(GraphPipeline).Assembly.GetName().Version!.ToString(3)));
        return http;
    }

    private static ResiliencePipeline<HttpResponseMessage> Retry(ProgramEnvironment environment, Action<string> progress) =>
        new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = environment.Time }
            .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = Retries,
                BackoffType = DelayBackoffType.Exponential,
                Delay = TimeSpan.FromSeconds(2),
                MaxDelay = TimeSpan.FromMinutes(1),
                ShouldHandle = arguments => ValueTask.FromResult(IsPassing(arguments.Outcome, environment.Time)),
                DelayGenerator = arguments => ValueTask.FromResult(RetryAfter(arguments.Outcome.Result, environment.Time)),
                OnRetry = arguments =>
                {
                    progress($"Microsoft Graph responded with {Name(arguments.Outcome)}; retrying in {Math.Ceiling(arguments.RetryDelay.TotalSeconds)} s");
                    return default;
                },
            })
            .Build();

    private static ResiliencePipeline<HttpResponseMessage> AttemptLimit(ProgramEnvironment environment) =>
        new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = environment.NetworkTime }.AddTimeout(attemptTimeout).Build();

    // Every write here sets values under an alternate key, so repeating one after a lost response is safe.
    private static bool IsPassing(Outcome<HttpResponseMessage> outcome, TimeProvider time) => outcome switch
    {
        { Exception: HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } } => false,
        { Exception: HttpRequestException or TimeoutRejectedException } => TlsFault.Of(outcome.Exception) is null,
        { Result.StatusCode: HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout } =>
            RetryAfter(outcome.Result, time) is not { } wait || wait <= LongestWait,
        _ => false,
    };

    // RFC 9110 §10.2.3: seconds or a date. Null falls back to the doubling wait.
    private static TimeSpan? RetryAfter(HttpResponseMessage? response, TimeProvider time)
    {
        TimeSpan? wait = response?.Headers.RetryAfter is { } header
            ? header.Delta ?? (header.Date is { } date ? date - time.GetUtcNow() : null)
            : null;
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    private static string Name(Outcome<HttpResponseMessage> outcome) =>
        outcome.Result is { } response ? ((int)response.StatusCode).ToString() : "nothing";

    /// <summary>Reads the body as a part of the attempt, so that one that never ends is over with it.</summary>
    private sealed class BufferingHandler : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            HttpResponseMessage response = await base.SendAsync(request, cancellationToken);
            try
            {
                await response.Content.LoadIntoBufferAsync(GraphClient.MaxResponseBytes, cancellationToken);
                return response;
            }
            catch
            {
                response.Dispose();
                throw;
            }
        }
    }
}
