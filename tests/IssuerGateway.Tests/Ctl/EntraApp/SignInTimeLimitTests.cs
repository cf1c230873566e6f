using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using IssuerGateway.Ctl.Parties.EntraApp;
using IssuerGateway.Ctl.Parties.EntraApp.SignIn;
using Microsoft.Extensions.Time.Testing;

namespace IssuerGateway.Tests.Ctl.EntraApp;

/// <summary>A sign-in endpoint that sends nothing, or a byte now and then, is named after a minute.</summary>
public sealed class SignInTimeLimitTests
{
    private readonly FakeTimeProvider clock = new();

    [Fact]
    public async Task Names_the_endpoint()
    {
        Task sending = SendAsync(new TaskCompletionSource<HttpResponseMessage>().Task);

        clock.Advance(SignInTimeLimit.Limit - TimeSpan.FromSeconds(1));
        Assert.False(sending.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(1));

        SignInException fault = await Assert.ThrowsAsync<SignInException>(() => sending);
        Assert.Equal(new Failure(3, "no sign-in to Entra: the sign-in endpoint https://login.example.com sent no complete response within 60 s", "check the network and the proxy, and --login-endpoint where it was given"), SignInFailure.Of(fault));
        Assert.Same(fault, SignInException.In(new AuthenticationFailedException("wrapped", fault)));
    }

    /// <summary>A device code is several requests, each with a minute, and the person has the time between them.</summary>
    [Fact]
    public async Task A_response_in_time_passes()
    {
        TaskCompletionSource<HttpResponseMessage> response = new();
        Task sending = SendAsync(response.Task);

        clock.Advance(SignInTimeLimit.Limit - TimeSpan.FromSeconds(1));
        response.SetResult(new HttpResponseMessage());

        await sending;
    }

    private Task SendAsync(Task<HttpResponseMessage> response)
    {
        TokenCredentialOptions options = new() { Transport = new HttpClientTransport(new PendingHandler(response)) };
        options.AddPolicy(new SignInTimeLimit(clock), HttpPipelinePosition.PerCall);
        HttpPipeline pipeline = HttpPipelineBuilder.Build(options);
        HttpMessage message = pipeline.CreateMessage();
        message.Request.Uri.Reset(new Uri("https://login.example.com/tenant/oauth2/v2.0/token"));
        return pipeline.SendAsync(message, TestContext.Current.CancellationToken).AsTask();
    }

    private sealed class PendingHandler(Task<HttpResponseMessage> response) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => response;
    }
}
