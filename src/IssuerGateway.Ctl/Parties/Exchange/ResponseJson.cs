using System.Text.Json;
using IssuerGateway.Issuers;

namespace IssuerGateway.Ctl.Parties.Exchange;

/// <summary>Members of a JSON response by their path; what is no JSON has none.</summary>
internal static class ResponseJson
{
    /// <summary>Whether a credential is there: a text that is not empty.</summary>
    public static bool HasCredential(byte[] body, params string[] path) => Read(body, path, element => element.ValueKind == JsonValueKind.String && element.GetString()!.Length > 0);

    /// <summary>A text, a number, or the texts of a list.</summary>
    public static string? Text(byte[] body, params string[] path) => Read(body, path, element => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number => element.GetRawText(),
        JsonValueKind.Array => string.Join("; ", element.EnumerateArray().Where(each => each.ValueKind == JsonValueKind.String).Select(each => each.GetString())),
        _ => null,
    });

    private static T? Read<T>(byte[] body, string[] path, Func<JsonElement, T> read)
    {
        using JsonDocument? document = StrictJson.ParseObject(body, out _);
        if (document is null)
        {
            return default;
        }

        JsonElement element = document.RootElement;
        foreach (string name in path)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
            {
                return default;
            }
        }

        return read(element);
    }
}
