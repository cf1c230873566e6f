using Azure.Core;
using Azure.Core.Pipeline;
using IssuerGateway.Base;

namespace IssuerGateway.Ctl.Parties.EntraApp.SignIn;

/// <summary>Bounds the time of each response of the sign-in endpoint, with all retries of Azure.Core. The time in which a person types a code passes between two of them.</summary>
internal sealed class SignInTimeLimit(TimeProvider time) : HttpPipelinePolicy
{
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => throw new NotSupportedException("signing in is asynchronous");

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        string endpoint = message.Request.Uri.ToUri().GetLeftPart(UriPartial.Authority);
        Task response = ProcessNextAsync(message, pipeline).AsTask();
        try
        {
            // One that drips has no end that Azure.Core would see: its own timeout is for each read.
            await response.WaitAsync(Limit, time, message.CancellationToken);
        }
        catch (TimeoutException) when (!response.IsCompleted)
        {
            throw new SignInException(ExitCode.CouldNotRun, $"no sign-in to Entra: the sign-in endpoint {PrintableText.Of(endpoint)} sent no complete response within {Limit.TotalSeconds:0} s", "check the network and the proxy, and --login-endpoint where it was given");
        }
    }
}
