using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace IssuerGateway.Tls;

/// <summary>Puts TLS on a listener: 1.2 and 1.3, the certificate chosen anew for every handshake.</summary>
internal static class TlsListener
{
    private static readonly TimeSpan handshakeTimeout = TimeSpan.FromSeconds(10);

    public static void UseServingCertificates(this ListenOptions listen)
    {
        ServingCertificates certificates = listen.ApplicationServices.GetRequiredService<ServingCertificates>();
        ChallengeResponses? challenges = listen.ApplicationServices.GetService<ChallengeResponses>();
        if (challenges is not null)
        {
            TlsAlpn01Middleware validators = new(challenges, listen.ApplicationServices.GetRequiredService<TimeProvider>());
            listen.Use(next => connection => validators.MarkValidatorsAsync(connection, next));
        }

        listen.Use(next => connection => EndWithoutHelloAsync(connection, next));
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = handshakeTimeout,
            OnConnection = context => new(Choose(context, certificates, challenges)),
        });
        if (challenges is not null)
        {
            listen.Use(next => connection => TlsAlpn01Middleware.CloseValidatorsAsync(connection, next));
        }
    }

    // A first record that is no ClientHello (an alert, SSL 2) asks for no certificate, and SslStream throws this for want of
    // one. Kestrel would log an Error with a stack for each such record of any stranger.
    private static async Task EndWithoutHelloAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        try
        {
            await next(connection);
        }
        catch (NotSupportedException)
        {
            connection.Abort(new ConnectionAbortedException("no ClientHello"));
        }
    }

    // Kestrel logs this exception at Debug; any other would be an Error line for every scanner that comes by.
    private static SslServerAuthenticationOptions Choose(TlsHandshakeCallbackContext context, ServingCertificates certificates, ChallengeResponses? challenges)
    {
        string name = context.ClientHelloInfo.ServerName;
        SslServerAuthenticationOptions? options = context.Connection.Features.Get<ValidatorConnection>() is null
            ? certificates.For(name)?.HandshakeOptions
            : challenges!.ForTlsAlpn(name);
        return options ?? throw new AuthenticationException("no certificate for the requested name");
    }
}
