namespace IssuerGateway;

internal static class Program
{
    private static Task<int> Main(string[] arguments) => Cli.GatewayCommand.RunProcessAsync(arguments);
}
