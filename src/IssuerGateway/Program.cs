namespace IssuerGateway;

internal static class Program
{
    private static Task<int> Main(string[] arguments)
    {
        // First, because OpenSSL reads its configuration once, at its first use.
        Tls.AeadSuites.Restrict();
        return Cli.GatewayCommand.RunAsync(arguments, Cli.Terminal.OfProcess);
    }
}
