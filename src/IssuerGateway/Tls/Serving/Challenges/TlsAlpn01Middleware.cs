using System.Buffers;
using System.IO.Pipelines;
using IssuerGateway.Acme;
using Microsoft.AspNetCore.Connections;

namespace IssuerGateway.Tls.Serving.Challenges;

/// <summary>Marks a connection whose client offers acme-tls/1: a validator, never a browser or relying party.</summary>
internal sealed class ValidatorConnection;

/// <summary>
/// Looks at hellos while a TLS-ALPN-01 challenge is pending, so that its certificate is shown to validators and to
/// nobody else. Kestrel does not expose which protocols a client offers before the certificate has to be chosen.
/// </summary>
internal sealed class TlsAlpn01Middleware(ChallengeResponses responses, TimeProvider time)
{
    private static readonly TimeSpan idleLimit = TimeSpan.FromSeconds(5);
    private static readonly byte[] protocol = System.Text.Encoding.ASCII.GetBytes(TlsAlpn01Certificate.Protocol);

    /// <summary>Before TLS.</summary>
    public async Task MarkValidatorsAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (responses.ExpectsTlsAlpn)
        {
            ClientHelloFinding finding = await PeekAsync(connection);
            if (finding == ClientHelloFinding.Incomplete)
            {
                connection.Abort(new ConnectionAbortedException("no ClientHello came in time"));
                return;
            }

            if (finding == ClientHelloFinding.Offered)
            {
                connection.Features.Set(new ValidatorConnection());
            }
        }

        await next(connection);
    }

    /// <summary>After TLS. RFC 8737 §3: nothing is exchanged on such a connection; without this HTTP would be served on it.</summary>
    public static Task CloseValidatorsAsync(ConnectionContext connection, ConnectionDelegate next) =>
        connection.Features.Get<ValidatorConnection>() is null ? next(connection) : Task.CompletedTask;

    private async Task<ClientHelloFinding> PeekAsync(ConnectionContext connection)
    {
        using CancellationTokenSource limit = new(idleLimit, time);
        PipeReader input = connection.Transport.Input;
        long wanted = 0;
        try
        {
            while (true)
            {
                ReadResult result = await input.ReadAsync(limit.Token);
                ReadOnlySequence<byte> buffer = result.Buffer;
                ClientHelloFinding finding = buffer.Length < wanted && !result.IsCompleted ? ClientHelloFinding.Incomplete : ClientHello.Offers(buffer, protocol, out wanted);
                if (finding == ClientHelloFinding.Incomplete && !result.IsCompleted)
                {
                    input.AdvanceTo(buffer.Start, buffer.End);
                    continue;
                }

                // Examined no further than the start: otherwise the handshake waits for bytes that are here already.
                input.AdvanceTo(buffer.Start, buffer.Start);
                return finding;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            return ClientHelloFinding.Incomplete;
        }
    }
}
