using System.Net.Sockets;
using System.Text;
using IssuerGateway.Configuration;
using IssuerGateway.Operations;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace IssuerGateway.Tests.Operations;

public sealed class CommandServerTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private readonly CapturedLog log = new();

    private string Path => directory.File("run/commands.sock");

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task Takes_commands_on_a_socket_of_its_user_alone()
    {
        using CommandServer server = await StartAsync();

        Assert.Equal("HTTP/1.1 200 OK", await QueryAsync("POST /renew?host=a"));
        Assert.Equal("HTTP/1.1 404 Not Found", await QueryAsync("GET /renew"));
        Assert.Equal("HTTP/1.1 404 Not Found", await QueryAsync("GET /status"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(directory.File("run")));
        await server.StoppedAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Takes_the_place_of_a_socket_that_a_killed_process_has_left()
    {
        Directory.CreateDirectory(directory.File("run"));
        using (Socket killed = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            killed.Bind(new UnixDomainSocketEndPoint(Path + ".moved"));

            // Its socket stays, as after kill -9: .NET would delete it at the end of the process.
            File.Move(Path + ".moved", Path);
        }

        using CommandServer server = await StartAsync();

        Assert.Equal("HTTP/1.1 200 OK", await QueryAsync("POST /renew"));
        await server.StoppedAsync(CancellationToken.None);
    }

    [Theory]
    [InlineData("another gateway")]
    [InlineData("a file")]
    [InlineData("no folder")]
    public async Task Serves_without_commands_when_the_socket_cannot_be_had(string obstacle)
    {
        Directory.CreateDirectory(directory.File("run"));
        using CommandServer? other = obstacle == "another gateway" ? await StartAsync() : null;
        log.Clear();
        if (obstacle == "a file")
        {
            File.WriteAllText(Path, "precious");
        }
        else if (obstacle == "no folder")
        {
            Directory.Delete(directory.File("run"));
            File.WriteAllText(directory.File("run"), "");
        }

        using CommandServer server = await StartAsync();

        string line = Assert.Single(log.Lines, each => each.StartsWith("Warning: ", StringComparison.Ordinal));
        Assert.StartsWith("Warning: Commands such as renew are not available: ", line, StringComparison.Ordinal);
        if (obstacle == "another gateway")
        {
            Assert.Equal("HTTP/1.1 200 OK", await QueryAsync("POST /renew"));
            await other!.StoppedAsync(CancellationToken.None);
        }
        else if (obstacle == "a file")
        {
            Assert.Equal("precious", File.ReadAllText(Path));
        }

        await server.StoppedAsync(CancellationToken.None);
    }

    private async Task<CommandServer> StartAsync()
    {
        OperationsEndpoint renew = new("POST", "/renew", context => context.Response.WriteAsync("done"));
        OperationsEndpoint status = new("GET", "/status", _ => Task.CompletedTask);
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection([new("CommandSocket", Path)]).Build();
        CommandServer server = new(OperationsSettings.Read(new SettingsReader(configuration)), [renew, status], log.Factory);
        await server.StartingAsync(CancellationToken.None);
        return server;
    }

    private async Task<string> QueryAsync(string request)
    {
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path));
        await socket.SendAsync(Encoding.ASCII.GetBytes($"{request} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        using StreamReader reader = new(new NetworkStream(socket));
        return (await reader.ReadToEndAsync()).Split("\r\n")[0];
    }
}
