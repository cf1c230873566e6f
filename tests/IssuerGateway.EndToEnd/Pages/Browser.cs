using IssuerGateway.EndToEnd.Kit;

namespace IssuerGateway.EndToEnd.Pages;

/// <summary>Debian's Chromium without a screen, with a profile of its own that ends with it.</summary>
internal static class Browser
{
    /// <summary>The document as it is after loading, and the console's lines.</summary>
    public static Command Dump(string url, params IReadOnlyList<string> options) => Run([.. options, "--dump-dom", url]);

    public static Command Screenshot(string url, string file, int width, int height, params IReadOnlyList<string> options) =>
        Run([.. options, $"--screenshot={file}", $"--window-size={width},{height}", "--hide-scrollbars", url]);

    private static Command Run(IEnumerable<string> arguments)
    {
        string profile = Directory.CreateTempSubdirectory("issuer-gateway-browser-").FullName;
        try
        {
            // Without its sandbox, since the tests run as root in a container; it loads one page of ours.
            return Command.Run("timeout",
                ["60", "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking", "--no-proxy-server",
                 $"--user-data-dir={profile}", "--enable-logging=stderr", "--v=0", .. arguments]);
        }
        finally
        {
            Directory.Delete(profile, recursive: true);
        }
    }
}
