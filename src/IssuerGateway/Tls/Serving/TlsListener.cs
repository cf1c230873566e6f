using System.Net.Security;
using IssuerGateway.Tls.Serving.Challenges;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Tls.Serving;

/// <summary>Marks a connection with a certificate that stands for nothing: only an HTTP-01 challenge is served on it.</summary>
internal sealed class ChallengeOnlyConnection;

/// <summary>Puts TLS on a listener: 1.2 and 1.3, the certificate chosen again for every handshake.</summary>
internal static class TlsListener
{
    /// <param name="streamOf">The stream of a connection of the transport in use (<see cref="TlsTermination"/>).</param>
    public static void UseServingCertificates(this ListenOptions listen, Func<ConnectionContext, Stream> streamOf)
    {
        IServiceProvider services = listen.ApplicationServices;
        ServingCertificates certificates = services.GetRequiredService<ServingCertificates>();
        TimeProvider time = services.GetRequiredService<TimeProvider>();
        ChallengeResponses? challenges = services.GetService<ChallengeResponses>();
        if (challenges is not null)
        {
            TlsAlpn01Middleware validators = new(challenges, time);
            listen.Use(next => connection => validators.MarkValidatorsAsync(connection, next));
        }

        TlsTermination termination = new(
            streamOf, (connection, name) => Choose(connection, name, certificates, challenges), time, services.GetRequiredService<ILogger<TlsTermination>>());
        listen.Use(next => connection => termination.RunAsync(connection, next));
        if (challenges is not null)
        {
            listen.Use(next => connection => TlsAlpn01Middleware.CloseValidatorsAsync(connection, next));
        }
    }

    private static SslServerAuthenticationOptions? Choose(ConnectionContext connection, string name, ServingCertificates certificates, ChallengeResponses? challenges) =>
        connection.Features.Get<ValidatorConnection>() is not null ? challenges!.ForTlsAlpn(name)
            : certificates.For(name)?.HandshakeOptions ?? ForRedirected(connection, name, challenges);

    private static SslServerAuthenticationOptions? ForRedirected(ConnectionContext connection, string name, ChallengeResponses? challenges)
    {
        SslServerAuthenticationOptions? options = challenges?.ForRedirectedHttp(name);
        if (options is not null)
        {
            connection.Features.Set(new ChallengeOnlyConnection());
        }

        return options;
    }
}
