using System.CommandLine;

namespace IssuerGateway.Demo;

/// <summary>The command line of the demo.</summary>
internal static class DemoCommand
{
    public static RootCommand Create()
    {
        Option<bool> once = new("--once") { Description = "end with the result: 0 when every token was accepted, 1 when not" };
        Option<int> port = new("--port") { Description = "public HTTPS port of the gateway; 0 takes a free one", DefaultValueFactory = _ => 0 };
        Option<FileInfo?> gateway = new("--gateway") { Description = "gateway binary to run; default is the one that was built beside the demo" };
        port.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > 65535)
            {
                result.AddError("--port: expected 0 to 65535");
            }
        });
        gateway.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<FileInfo?>() is { Exists: false } missing)
            {
                result.AddError($"--gateway: {missing} is not there");
            }
        });

        RootCommand command = new("Starts a stand-in cluster and the real gateway, and validates tokens through the gateway as a relying party would.") { once, port, gateway };
        command.SetAction((arguments, cancellationToken) =>
        {
            DemoOptions options = new(arguments.GetValue(once), arguments.GetValue(port), arguments.GetValue(gateway)?.FullName);
            return new Demonstration(options, arguments.InvocationConfiguration.Output, TimeProvider.System).RunAsync(cancellationToken);
        });
        return command;
    }
}

/// <summary>What the demo is to do.</summary>
/// <param name="Port">0 for a free one.</param>
/// <param name="Gateway">Null for the build beside the demo.</param>
internal sealed record DemoOptions(bool Once, int Port, string? Gateway);
