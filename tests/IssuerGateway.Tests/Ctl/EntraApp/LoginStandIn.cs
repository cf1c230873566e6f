using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace IssuerGateway.Tests.Ctl.EntraApp;

/// <summary>A sign-in endpoint under TLS that returns what it is told to, with the form that was posted wherever FORM stands.</summary>
internal sealed class LoginStandIn : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly X509Certificate2 certificate = IssuerStandIn.SelfSigned();

    private LoginStandIn()
    {
        app = LoopbackApp.Build(certificate);
        app.Run(RespondAsync);
    }

    public string Url => $"https://localhost:{app.Port()}";

    public string CertificatePem => certificate.ExportCertificatePem();

    /// <summary>What the token endpoint returns with status 401.</summary>
    public string Body { get; set; } = "";

    public string ContentType { get; set; } = "application/json";

    /// <summary>The paths that were requested.</summary>
    public ConcurrentQueue<string> Paths { get; } = [];

    /// <summary>The message for the person who is to type the code.</summary>
    public string DeviceMessage { get; set; } = "";

    public static async Task<LoginStandIn> StartAsync()
    {
        LoginStandIn standIn = new();
        await standIn.app.StartAsync();
        return standIn;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        certificate.Dispose();
    }

    private async Task RespondAsync(HttpContext context)
    {
        Paths.Enqueue(context.Request.Path.Value!);
        using StreamReader reader = new(context.Request.Body);
        string form = await reader.ReadToEndAsync(context.RequestAborted);
        bool isCode = context.Request.Path.Value!.EndsWith("/devicecode", StringComparison.Ordinal);
        context.Response.StatusCode = isCode ? 200 : 401;
        context.Response.ContentType = isCode ? "application/json" : ContentType;
        await context.Response.WriteAsync(isCode
            ? new JsonObject { ["user_code"] = "ABC", ["device_code"] = "device-code-secret", ["verification_uri"] = "https://x.example.com", ["expires_in"] = 10, ["interval"] = 1, ["message"] = DeviceMessage }.ToJsonString()
            : Body.Replace("FORM", ContentType == "application/json" ? JsonEncoded(form) : form, StringComparison.Ordinal), context.RequestAborted);
    }

    private static string JsonEncoded(string form) => JsonValue.Create(WebUtility.UrlDecode(form)).ToJsonString()[1..^1];
}
