using System.Text.Json;
using IssuerGateway.EndToEnd.Gateway;
using IssuerGateway.EndToEnd.Kit;
using IssuerGateway.Issuers;
using IssuerGateway.Tests.Tls;

namespace IssuerGateway.EndToEnd.Security;

/// <summary>A gateway with a certificate of a test CA from files, and testssl.sh and openssl to look at it from outside.</summary>
internal sealed class TlsSite : IAsyncDisposable
{
    private const string Host = "localhost";

    private readonly GatewayFixture fixture;
    private readonly GatewayRun gateway;

    private TlsSite(GatewayFixture fixture, GatewayRun gateway)
    {
        this.fixture = fixture;
        this.gateway = gateway;
    }

    public static async Task<TlsSite> StartAsync()
    {
        GatewayFixture fixture = await GatewayFixture.StartAsync();
        TestCa ca = new();
        (string chain, string key) = ca.Issue(Host);
        await File.WriteAllTextAsync(fixture.PathOf("chain.pem"), chain);
        await File.WriteAllTextAsync(fixture.PathOf("key.pem"), key);
        await File.WriteAllTextAsync(fixture.PathOf("root.pem"), ca.Root.ExportCertificatePem());
        return new TlsSite(fixture, await fixture.ServeUntilReadyAsync(
            "Tls:Mode=Files",
            "Tls:SelfSigned:ExportFile=",
            $"Tls:Certificates:0:CertificateFile={fixture.PathOf("chain.pem")}",
            $"Tls:Certificates:0:KeyFile={fixture.PathOf("key.pem")}"));
    }

    /// <summary>Everything that testssl.sh has to say with these checks.</summary>
    public async Task<IReadOnlyList<TlsFinding>> FindingsAsync(params string[] checks)
    {
        string report = fixture.PathOf("testssl.json");
        Command run = await Task.Run(() => Command.Run("testssl",
            ["--quiet", "--color", "0", "--warnings", "off", "--nodns", "none", "--ip", "127.0.0.1", "--add-ca", fixture.PathOf("root.pem"), "--jsonfile", report, .. checks, $"{Host}:{fixture.Port}"]));
        Assert.True(File.Exists(report), run.Transcript);
        using JsonDocument json = JsonDocument.Parse(await File.ReadAllBytesAsync(report));
        return [.. json.RootElement.EnumerateArray().Select(finding =>
            new TlsFinding(Text(finding, "id"), Text(finding, "severity"), Text(finding, "finding")))];
    }

    /// <summary>Whether openssl, given the session of a first connection, resumes it at the second.</summary>
    public async Task<bool> ResumesAsync(string version)
    {
        string session = fixture.PathOf($"session{version}");
        string client = $"openssl s_client {version} -connect 127.0.0.1:{fixture.Port} -servername {Host} -CAfile {fixture.PathOf("root.pem")} -verify_return_error";

        // A request, because TLS 1.3 sends its tickets after the handshake.
        const string request = "printf 'GET / HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n'";
        Command first = await Task.Run(() => Command.Run("bash", "-c", $"{request} | {client} -ign_eof -sess_out {session}"));
        Assert.Contains("New, TLSv1", first.Output, StringComparison.Ordinal);
        Command second = await Task.Run(() => Command.Run("bash", "-c", $"{request} | {client} -ign_eof -sess_in {session}"));
        return second.Output.Contains("Reused, TLSv1", StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await gateway.DisposeAsync();
        await fixture.DisposeAsync();
    }

    private static string Text(JsonElement finding, string member) => finding.GetProperty(member).GetString()!;
}

/// <summary>One line of testssl.sh.</summary>
internal sealed record TlsFinding(string Id, string Severity, string Text)
{
    public bool IsSuccess => Severity is "OK" or "INFO";

    public override string ToString() => $"{Severity} {Id}: {Text}";
}
