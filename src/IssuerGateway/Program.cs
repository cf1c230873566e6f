namespace IssuerGateway;

internal static class Program
{
    private static Task<int> Main(string[] arguments) => Cli.GatewayCommand.RunAsync(arguments, Cli.Terminal.OfProcess);
}
