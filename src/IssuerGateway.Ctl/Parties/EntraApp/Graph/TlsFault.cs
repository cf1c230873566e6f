using System.Security.Authentication;

namespace IssuerGateway.Ctl.Parties.EntraApp.Graph;

/// <summary>A TLS handshake that this side or the other has rejected. Unlike a connection that broke off, the next attempt ends the same way.</summary>
internal static class TlsFault
{
    /// <summary>What was rejected; null for any other failure.</summary>
    public static string? Of(Exception? exception)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            if (e is AuthenticationException)
            {
                return e.InnerException is { } inner && e.Message.Contains("see inner exception", StringComparison.Ordinal) ? inner.Message : e.Message;
            }
        }

        return null;
    }
}
