using IssuerGateway.Transport;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace IssuerGateway.Operations;

/// <summary>Runs one delegate for each request of a private listener.</summary>
internal sealed class OperationsApplication(RequestDelegate respond) : IHttpApplication<HttpContext>
{
    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    // On a thread of the pool: what follows a read runs on the one that waits for the public sockets too.
    public Task ProcessRequestAsync(HttpContext context) => Task.Run(async () =>
    {
        await respond(context);
        if (context.Response.StatusCode != StatusCodes.Status404NotFound)
        {
            context.Features.Get<SocketConnection>()?.Served();
        }
    });

    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }
}
