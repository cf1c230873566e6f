using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.EndToEnd.Gateway;

/// <summary>What <c>keys</c> and <c>renew</c> say when it is not a gateway that responds, or not one that takes their command.</summary>
public sealed class OperationsResponseTests
{
    private const string Strange =
        "issuer-gateway: error: the operations listener: the response does not come from an issuer-gateway of this version\n"
        + "issuer-gateway: hint: are Operations:Address and Operations:Port those of its configuration, and is the gateway this binary?";

    [Theory]
    [InlineData("keys", 200, "<html>", Strange)]
    [InlineData("keys", 200, "null", Strange)]
    [InlineData("keys", 404, "", Strange)]
    [InlineData("renew oidc.example.com", 200, "{}", Strange)]
    [InlineData("renew oidc.example.com", 502, "bad gateway", Strange)]
    [InlineData("renew oidc.example.com", 404, "",
        "issuer-gateway: error: the running gateway orders no certificates\nissuer-gateway: hint: set Tls:Mode to Acme in its configuration")]
    public async Task Names_what_has_responded(string command, int status, string body, string said)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        string socket = Path.Combine(Path.GetTempPath(), $"issuer-gateway-e2e-{Guid.NewGuid():N}.sock");
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.ListenUnixSocket(socket);
        });
        await using WebApplication other = builder.Build();
        other.Run(context =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync(body);
        });
        await other.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal((3, "", said), await GatewayRun.RunAsync([.. command.Split(' '), "--set", $"Operations:Port={new Uri(other.Urls.First(url => url.StartsWith("http://127", StringComparison.Ordinal))).Port}", "--set", $"Operations:CommandSocket={socket}"]));
    }
}
