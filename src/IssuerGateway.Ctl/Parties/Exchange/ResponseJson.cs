using System.Text.Json;
using IssuerGateway.Issuers;

namespace IssuerGateway.Ctl.Parties.Exchange;

/// <summary>Members of a JSON response by their path; what is no JSON has none.</summary>
internal static class ResponseJson
{
    public static string? Text(byte[] body, params string[] path)
    {
        using JsonDocument? document = StrictJson.ParseObject(body, out _);
        if (document is null)
        {
            return null;
        }

        JsonElement element = document.RootElement;
        foreach (string name in path)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
            {
                return null;
            }
        }

        return element.ValueKind switch
        {
            JsonValueKind.String => element.GetString(),
            JsonValueKind.Number => element.GetRawText(),
            JsonValueKind.Array => string.Join("; ", element.EnumerateArray().Where(each => each.ValueKind == JsonValueKind.String).Select(each => each.GetString())),
            _ => null,
        };
    }
}
