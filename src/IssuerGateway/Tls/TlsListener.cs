using System.Net.Security;
using System.Security.Authentication;
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
