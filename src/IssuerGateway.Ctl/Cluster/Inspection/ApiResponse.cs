using System.Text;
using System.Text.Json;

namespace IssuerGateway.Ctl.Cluster.Inspection;

/// <summary>The status and the body of a response; status 0 when there was none, with the reason.</summary>
internal sealed record ApiResponse(int Status, byte[] Body, string? Fault = null)
{
    /// <summary>What to do where there was no response at all.</summary>
    public const string SilentHint = "see whether this server runs, and whether it can be reached from here with the CA of the kubeconfig";

    /// <summary>The SHA-256 of the server's certificate; distinguishes servers behind different names.</summary>
    public string? Certificate { get; init; }

    public bool IsSuccess => Status is >= 200 and < 300;

    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>The body as a JSON object; null when it is none.</summary>
    public JsonElement? Object
    {
        get
        {
            try
            {
                using JsonDocument document = JsonDocument.Parse(Body);
                return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
            }
            catch (JsonException)
            {
                return null;
            }
        }
    }

    /// <summary>Why nothing could be read, for a person.</summary>
    public string Reason => Status switch
    {
        0 => Fault ?? "no response",
        401 => "the credentials were rejected (401)",
        403 => "no right (403)",
        404 => "it does not exist (404)",
        _ => $"status {Status}",
    };
}
