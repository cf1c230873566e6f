using System.Net.Sockets;
using System.Security.Authentication;
using IssuerGateway.Base;
using IssuerGateway.Checking.Fetching;

namespace IssuerGateway.Ctl.Parties.Exchange;

/// <summary>Sends the requests of an exchange: strict trust, no redirect, bounded bodies and time, and no credential in any text.</summary>
internal sealed class ExchangeRunner(ConnectionOverrides overrides, TimeSpan timeout) : IDisposable
{
    private const int MaxBytes = 64 * 1024;
    private const int MinSecretLength = 16;

    private readonly HttpMessageInvoker http = new(Handler(overrides));

    public void Dispose() => http.Dispose();

    /// <exception cref="HttpRequestException">The party cannot be reached.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    /// <exception cref="OperationCanceledException">No response in time, or interrupted.</exception>
    public async Task<(string Step, ExchangeOutcome Outcome)> RunAsync(ExchangeRequest request, string token, CancellationToken cancellationToken)
    {
        List<string> secrets = [token, .. token.Split('.').Where(part => part.Length >= MinSecretLength)];
        string credential = token;
        while (true)
        {
            using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(timeout);
            using HttpRequestMessage message = request.Create(credential);
            using HttpResponseMessage response = await http.SendAsync(message, limit.Token);
            byte[] body = await ReadAsync(response.Content, limit.Token);
            ExchangeOutcome outcome = request.Read((int)response.StatusCode, body);
            if (!outcome.Accepted || request.Next is null || request.Credential?.Invoke(body) is not { } next)
            {
                return (request.Name, outcome with { Message = Without(outcome.Message, secrets) });
            }

            secrets.Add(next);
            (credential, request) = (next, request.Next);
        }
    }

    // A party may repeat in its error what it was sent.
    private static string Without(string text, List<string> secrets) =>
        PrintableText.Of(secrets.Aggregate(text, (shown, secret) => secret.Length == 0 ? shown : shown.Replace(secret, "(credential)", StringComparison.Ordinal)));

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

    public static bool IsTransportFault(Exception e) => e is HttpRequestException or IOException or SocketException or AuthenticationException or OperationCanceledException;
}
