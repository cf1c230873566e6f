using System.Text;

namespace IssuerGateway.Tests;

/// <summary>The raw responses of a real Kubernetes 1.36 API server that lie in tests/fixtures.</summary>
internal static class Recorded
{
    /// <summary>The body of a recorded response, byte for byte.</summary>
    public static byte[] Body(string name)
    {
        byte[] raw = Raw(name);
        int end = raw.AsSpan().IndexOf("\r\n\r\n"u8);
        return end >= 0 ? raw[(end + 4)..] : raw[(raw.AsSpan().IndexOf("\n\n"u8) + 2)..];
    }

    public static byte[] Raw(string name) => File.ReadAllBytes(PathOf($"{name}.http"));

    public static string Token(string name) => File.ReadAllText(PathOf($"{name}.jwt"), Encoding.ASCII).Trim();

    private static string PathOf(string file) => Path.Combine(AppContext.BaseDirectory, "fixtures", "kubernetes-1.36", file);
}
