using System.Net;
using System.Text;
using System.Text.Json;
using Azure.Core;
using Azure.Core.Pipeline;
using IssuerGateway.Base;

namespace IssuerGateway.Ctl.Parties.EntraApp.SignIn;

/// <summary>
/// The credentials of one sign-in: those that the environment holds, those that were sent, and those that came back. A sign-in
/// endpoint may repeat any of them in its error (CWE-532), so that no text of it is shown without <see cref="Without"/>.
/// </summary>
internal sealed class SignInSecrets : HttpPipelinePolicy
{
    private const int MaxResponse = 64 * 1024;

    // What EnvironmentCredential reads. Only the first is sent as it is; the password opens the key of the certificate.
    private static readonly string[] variables = ["AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_PASSWORD"];

    // RFC 6749 §2.3.1, §4, §6; RFC 7521 §4.2; RFC 8628 §3.4.
    private static readonly string[] sent = ["client_secret", "client_assertion", "assertion", "password", "refresh_token", "device_code", "code", "code_verifier"];

    // RFC 6749 §5.1; OIDC Core §3.1.3.3; RFC 8628 §3.2.
    private static readonly string[] returned = ["access_token", "refresh_token", "id_token", "device_code"];

    private readonly Lock gate = new();
    private readonly HashSet<string> known;

    public SignInSecrets(Func<string, string?> variable) => known = [.. variables.Select(variable).OfType<string>().Where(value => value.Length > 0)];

    /// <summary>The text without the credentials, in every spelling that is known of them.</summary>
    public string Without(string text)
    {
        string[] all;
        lock (gate)
        {
            all = [.. known.SelectMany(each => (string[])[each, Uri.EscapeDataString(each), WebUtility.UrlEncode(each)]).Distinct(StringComparer.Ordinal)];
        }

        return CredentialRedaction.Without(SecretText.Hide(text), all);
    }

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        ReadRequest(message, stream => message.Request.Content!.WriteTo(stream, message.CancellationToken));
        ProcessNext(message, pipeline);
        ReadResponse(message);
    }

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        ReadRequest(message, stream => message.Request.Content!.WriteTo(stream, message.CancellationToken));
        await ProcessNextAsync(message, pipeline);
        ReadResponse(message);
    }

    private void ReadRequest(HttpMessage message, Action<Stream> write)
    {
        if (message.Request.Content is null)
        {
            return;
        }

        using MemoryStream form = new();
        write(form);
        foreach (string[] pair in Encoding.UTF8.GetString(form.ToArray()).Split('&').Select(each => each.Split('=', 2)))
        {
            if (pair is [var name, var value] && sent.Contains(name, StringComparer.Ordinal))
            {
                Add(WebUtility.UrlDecode(value));
            }
        }
    }

    private void ReadResponse(HttpMessage message)
    {
        // The pipeline has buffered it.
        if (!message.HasResponse || message.Response.ContentStream is not MemoryStream { Length: > 0 and <= MaxResponse } body)
        {
            return;
        }

        try
        {
            using JsonDocument json = JsonDocument.Parse(body.ToArray());
            foreach (string value in returned.Where(_ => json.RootElement.ValueKind == JsonValueKind.Object)
                .Select(name => json.RootElement.TryGetProperty(name, out JsonElement found) && found.ValueKind == JsonValueKind.String ? found.GetString() : null).OfType<string>())
            {
                Add(value);
            }
        }
        catch (JsonException)
        {
            // Then it has no members; Azure.Identity says what is wrong with it.
        }
    }

    private void Add(string secret)
    {
        lock (gate)
        {
            if (secret.Length > 0)
            {
                known.Add(secret);
            }
        }
    }
}
