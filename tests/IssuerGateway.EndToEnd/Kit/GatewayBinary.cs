namespace IssuerGateway.EndToEnd.Kit;

/// <summary>The published native binary, as tests/run.sh names it.</summary>
internal static class GatewayBinary
{
    public static string Path { get; } = Environment.GetEnvironmentVariable("ISSUER_GATEWAY_BINARY")
        ?? System.IO.Path.Combine(KitFolder.Root, "artifacts", "publish", "issuer-gateway");
}
