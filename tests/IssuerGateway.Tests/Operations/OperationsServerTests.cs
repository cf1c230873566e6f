using System.Net;
using IssuerGateway.Configuration;
using IssuerGateway.Operations;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Prometheus;

namespace IssuerGateway.Tests.Operations;

/// <summary>Who may do what on the private listener.</summary>
public sealed class OperationsServerTests
{
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1", 200)]
    [InlineData("::1", "::1", 200)]
    [InlineData("::ffff:127.0.0.1", "::ffff:127.0.0.1", 200)]
    [InlineData("10.1.2.3", "10.1.2.3", 200)]
    [InlineData("10.1.2.4", "10.1.2.3", 403)]
    [InlineData("::ffff:10.1.2.4", "::ffff:10.1.2.3", 403)]
    [InlineData("2001:db8::2", "2001:db8::1", 403)]
    public async Task Takes_commands_from_its_own_machine_only(string from, string to, int status)
    {
        Assert.Equal((status, status == 200), await AskAsync("POST", from, to));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("10.1.2.4")]
    public async Task Tells_whoever_reaches_it(string from)
    {
        Assert.Equal((200, true), await AskAsync("GET", from, "10.1.2.3"));
    }

    private static async Task<(int Status, bool IsAnswered)> AskAsync(string method, string from, string to)
    {
        bool isAnswered = false;
        OperationsEndpoint endpoint = new(method, "/renew", _ =>
        {
            isAnswered = true;
            return Task.CompletedTask;
        });
        using OperationsServer server = new(
            OperationsSettings.Read(new SettingsReader(new ConfigurationBuilder().Build())), Metrics.NewCustomRegistry(), new NoChecks(), [endpoint], NullLoggerFactory.Instance);
        DefaultHttpContext context = new();
        context.Connection.RemoteIpAddress = IPAddress.Parse(from);
        context.Connection.LocalIpAddress = IPAddress.Parse(to);
        context.Request.Method = method;
        context.Request.Path = "/renew";

        await server.DispatchAsync(context);

        return (context.Response.StatusCode, isAnswered);
    }

    private sealed class NoChecks : HealthCheckService
    {
        public override Task<HealthReport> CheckHealthAsync(Func<HealthCheckRegistration, bool>? predicate, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();
    }
}
