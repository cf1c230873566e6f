using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Tests;

/// <summary>A web server on loopback that logs nothing, for stand-ins; the caller maps what it responds with and starts it.</summary>
internal static class LoopbackApp
{
    /// <param name="certificate">Null for plain HTTP.</param>
    /// <param name="port">0 for a free one; <see cref="Port"/> has it after the start.</param>
    public static WebApplication Build(X509Certificate2? certificate = null, int port = 0)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, listen =>
        {
            if (certificate is not null)
            {
                listen.UseHttps(certificate);
            }
        }));
        return builder.Build();
    }

    /// <summary>Of a started server with one address.</summary>
    public static int Port(this WebApplication app) => new Uri(app.Urls.Single()).Port;
}
