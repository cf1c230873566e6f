using System.Net.Sockets;
using IssuerGateway.Configuration;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace IssuerGateway.Operations;

/// <summary>
/// Takes commands (<c>renew</c>) over a Unix socket that only the user of the gateway can open. Not over TCP: behind a
/// service mesh every neighbor appears to come from this machine, and a web page can send requests to a port. Without the socket
/// the gateway serves all the same and takes no commands.
/// </summary>
internal sealed class CommandServer(OperationsSettings settings, IEnumerable<OperationsEndpoint> endpoints, ILoggerFactory loggers) : IHostedLifecycleService, IDisposable
{
    private readonly OperationsEndpoint[] commands = [.. endpoints.Where(endpoint => endpoint.Method != HttpMethods.Get)];
    private readonly ILogger logger = loggers.CreateLogger<CommandServer>();
    private KestrelServer? server;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (commands.Length == 0)
        {
            return;
        }

        string path = settings.CommandSocket;
        try
        {
            Prepare(path);
            KestrelServerOptions kestrel = new() { AddServerHeader = false };
            kestrel.Limits.MaxConcurrentConnections = 8;
            kestrel.ListenUnixSocket(path, listen => listen.Protocols = HttpProtocols.Http1);
            server = new KestrelServer(Options.Create(kestrel), new SocketTransportFactory(Options.Create(new SocketTransportOptions()), loggers), loggers);
            await server.StartAsync(new OperationsApplication(DispatchAsync), cancellationToken);
            File.SetUnixFileMode(path, AtomicFile.OwnerOnly);
            logger.LogInformation("Commands are taken on {Socket}", path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException or ArgumentException or InvalidOperationException)
        {
            server?.Dispose();
            server = null;
            logger.LogWarning("Commands such as renew are not available: {Reason}. hint: set Operations:CommandSocket to a path in a folder that this process may write to", e.Message);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => server?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    public void Dispose() => server?.Dispose();

    private Task DispatchAsync(HttpContext context)
    {
        if (commands.FirstOrDefault(each => context.Request.Path.Value == each.Path && context.Request.Method == each.Method) is { } command)
        {
            return command.RespondAsync(context);
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    // What a killed process has left there is removed; what another one listens on, or what is no socket, stays.
    private static void Prepare(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder, AtomicFile.OwnerOnlyFolder);
        }

        if (!Path.Exists(path))
        {
            return;
        }

        using Socket probe = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused && (File.GetAttributes(path) & FileAttributes.Directory) == 0 && new FileInfo(path) is { Length: 0, LinkTarget: null })
        {
            File.Delete(path);
            return;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            throw new IOException($"{path} exists and is no socket");
        }

        throw new IOException($"another gateway listens on {path}");
    }
}
