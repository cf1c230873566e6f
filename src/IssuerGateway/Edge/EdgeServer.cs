using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;

namespace IssuerGateway.Edge;

/// <summary>
/// Kestrel with the public surface itself as its application, without ASP.NET Core's pipeline and HttpContext: nothing
/// else can be mapped on a public port.
/// </summary>
/// <param name="respond">Responds to a request from the features that the server has for it.</param>
internal sealed class EdgeServer(IServer kestrel, Func<IFeatureCollection, Task> respond) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => kestrel.StartAsync(new Application(respond), cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => kestrel.StopAsync(cancellationToken);

    private sealed class Application(Func<IFeatureCollection, Task> respond) : IHttpApplication<IFeatureCollection>
    {
        public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

        public Task ProcessRequestAsync(IFeatureCollection context) => respond(context);

        public void DisposeContext(IFeatureCollection context, Exception? exception)
        {
        }
    }
}
