using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using IssuerGateway.Base;
using IssuerGateway.Configuration;
using IssuerGateway.Operations;
using Microsoft.Extensions.Configuration;

namespace IssuerGateway.Cli.RunningGateway;

/// <summary>A request of a verb to the running gateway of the same configuration, over its operations listener, or a command over its socket.</summary>
internal sealed class OperationsClient(Terminal terminal, ConfigurationOptions configuration)
{
    /// <summary>How long the response may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Status and body; on a fault, which has been printed by then, the exit code.</summary>
    public async Task<(HttpStatusCode? Status, string Body, int ExitCode)> QueryAsync(ParseResult arguments, HttpMethod method, string path, CancellationToken cancellationToken)
    {
        if (configuration.Load(arguments, out IReadOnlyList<SettingError> errors) is not { } loaded)
        {
            terminal.Fail(errors);
            return (null, "", ExitCode.Usage);
        }

        OperationsSettings settings = OperationsSettings.Read(new SettingsReader(loaded).Section("Operations"));
        bool isCommand = method != HttpMethod.Get;
        Uri uri = isCommand ? new Uri($"http://localhost{path}") : AddressOf(settings, path);
        SocketsHttpHandler handler = new() { UseProxy = false, AllowAutoRedirect = false };
        if (isCommand)
        {
            handler.ConnectCallback = (_, token) => ConnectAsync(settings.CommandSocket, token);
        }
        else if (IsEveryAddress(settings.Address))
        {
            handler.ConnectCallback = (context, token) => ConnectToLoopbackAsync(context.DnsEndPoint.Port, token);
        }

        using HttpMessageInvoker http = new(handler);
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Timeout);
        try
        {
            using HttpRequestMessage request = new(method, uri);
            using HttpResponseMessage response = await http.SendAsync(request, deadline.Token);
            return (response.StatusCode, await response.Content.ReadAsStringAsync(deadline.Token), ExitCode.Good);
        }
        catch (Exception e) when (isCommand && e is HttpRequestException or OperationCanceledException)
        {
            (string problem, string hint) = Unreachable(e, settings.CommandSocket);
            terminal.Fail($"{settings.CommandSocket}: {problem}", hint);
            return (null, "", ExitCode.CouldNotRun);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            terminal.Fail($"{uri}: no response", "is the gateway running, and are Operations:Address and Operations:Port those of its configuration?");
            return (null, "", ExitCode.CouldNotRun);
        }
    }

    /// <summary>The response as a gateway writes it; null when something else has responded, which has been printed by then.</summary>
    public T? Read<T>(string body, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            if (JsonSerializer.Deserialize(body, type) is { } response)
            {
                return response;
            }
        }
        catch (JsonException)
        {
            // As null.
        }

        terminal.Fail("the operations listener: the response does not come from an issuer-gateway of this version", "are Operations:Address and Operations:Port those of its configuration, and is the gateway this binary?");
        return null;
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static (string Problem, string Hint) Unreachable(Exception exception, string path) => exception switch
    {
        HttpRequestException { InnerException: SocketException { SocketErrorCode: SocketError.AccessDenied } } =>
            ("this user may not send commands to the gateway", "run it as the user of the gateway, or as root"),
        OperationCanceledException => ("the gateway has not responded in time", "see its log; the order may still be under way"),
        _ when !Path.Exists(path) => ("no such socket", "run it on the machine or in the pod of the gateway, with its configuration (Operations:CommandSocket); only a gateway with Tls:Mode=Acme has one"),
        _ => ("no gateway listens there", "is the gateway running, and is Operations:CommandSocket that of its configuration?"),
    };

    // A listener on every address is reached over loopback: of IPv4, which most pods of IPv6-only clusters have too, else of
    // IPv6, which is missing where IPv6 is turned off.
    internal static Uri AddressOf(OperationsSettings operations, string path) =>
        new($"http://{new IPEndPoint(IsEveryAddress(operations.Address) ? IPAddress.Loopback : operations.Address, operations.Port)}{path}");

    private static bool IsEveryAddress(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static async ValueTask<Stream> ConnectToLoopbackAsync(int port, CancellationToken cancellationToken)
    {
        try
        {
            return await ConnectAsync(IPAddress.Loopback, port, cancellationToken);
        }
        catch (SocketException) when (Socket.OSSupportsIPv6)
        {
            return await ConnectAsync(IPAddress.IPv6Loopback, port, cancellationToken);
        }
    }

    private static async Task<Stream> ConnectAsync(IPAddress address, int port, CancellationToken cancellationToken)
    {
        Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(address, port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
