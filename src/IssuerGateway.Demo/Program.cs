using System.CommandLine;
using IssuerGateway.Demo;

// The child needs a moment to drain after Ctrl-C; two seconds, the default, would leave it behind.
InvocationConfiguration invocation = new() { ProcessTerminationTimeout = TimeSpan.FromSeconds(20) };
return await DemoCommand.Create().Parse(args).InvokeAsync(invocation);
