using System.Net.Sockets;
using System.Security.Authentication;
using IssuerGateway.Base;
using IssuerGateway.Checking.Exchange;
using IssuerGateway.Checking.Fetching;

namespace IssuerGateway.Ctl.Parties.Exchange;

/// <summary>Sends the requests of an exchange: strict trust, no redirect, bounded bodies and time, and no credential in any text.</summary>
internal sealed class ExchangeRunner(ConnectionOverrides overrides, TimeSpan timeout) : IDisposable
{
    private const int MaxBytes = 64 * 1024;

    private readonly HttpMessageInvoker http = new(Handler(overrides));

    public void Dispose() => http.Dispose();

    /// <exception cref="HttpRequestException">The party cannot be reached.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    /// <exception cref="TimeoutException">No response in time.</exception>
    /// <exception cref="OperationCanceledException">Interrupted.</exception>
    public async Task<(string Step, ExchangeOutcome Outcome)> RunAsync(ExchangeRequest request, string token, CancellationToken cancellationToken)
    {
        List<string> secrets = [token];
        string credential = token;
        while (true)
        {
            (int status, byte[] body) = await SendAsync(request.Create(credential), cancellationToken);
            ExchangeOutcome outcome = request.Read(status, body);
            if (!outcome.Accepted || request.Next is null || request.Credential?.Invoke(body) is not { } next)
            {
                return (request.Name, outcome with { Message = EntraErrors.Printable(CredentialRedaction.Without(outcome.Message, secrets)) });
            }

            secrets.Add(next);
            (credential, request) = (next, request.Next);
        }
    }

    private async Task<(int Status, byte[] Body)> SendAsync(HttpRequestMessage message, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            using (message)
            {
                using HttpResponseMessage response = await http.SendAsync(message, limit.Token);
                return ((int)response.StatusCode, await ReadAsync(response.Content, limit.Token));
            }
        }
        catch (Exception e) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested && IsTransportFault(e))
        {
            throw new TimeoutException(e.Message, e);
        }
    }

    private static SocketsHttpHandler Handler(ConnectionOverrides overrides)
    {
        SocketsHttpHandler handler = new() { AllowAutoRedirect = false, UseCookies = false, MaxResponseHeadersLength = 32 };
        handler.SslOptions.CertificateChainPolicy = overrides.ChainPolicy();
        return handler;
    }

    private static async Task<byte[]> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        await using Stream stream = await content.ReadAsStreamAsync(cancellationToken);
        byte[] buffer = new byte[MaxBytes];
        int length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return buffer[..length];
    }

    public static bool IsTransportFault(Exception e) => e is HttpRequestException or IOException or SocketException or AuthenticationException or TimeoutException or OperationCanceledException;
}
