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
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = handshakeTimeout,

            // Kestrel logs this exception at Debug; any other would be an Error line for every scanner that comes by.
            OnConnection = context => new(certificates.For(context.ClientHelloInfo.ServerName)?.HandshakeOptions
                ?? throw new AuthenticationException("no certificate for the requested name")),
        });
    }
}
