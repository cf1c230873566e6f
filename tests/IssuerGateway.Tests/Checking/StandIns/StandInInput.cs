using System.Text.Json;

namespace IssuerGateway.Tests.Checking.StandIns;

/// <summary>What a relying party gets to see: the two documents, the token, and how trust was registered.</summary>
internal sealed record StandInInput
{
    /// <summary>The issuer as registered at the party.</summary>
    public required string Registered { get; init; }

    public required string Audience { get; init; }

    public required string Subject { get; init; }

    public required byte[] Discovery { get; init; }

    public required byte[] Keys { get; init; }

    public required string Token { get; init; }

    public required DateTimeOffset Now { get; init; }

    /// <summary>A status that the issuer sends in place of the documents.</summary>
    public int Status { get; init; } = 200;

    public JsonElement? DiscoveryJson => Json(Discovery);

    public JsonElement? KeysJson => Json(Keys);

    public JsonElement Header => Json(System.Buffers.Text.Base64Url.DecodeFromChars(Token.Split('.')[0]))!.Value;

    public JsonElement Payload => Json(System.Buffers.Text.Base64Url.DecodeFromChars(Token.Split('.')[1]))!.Value;

    // No party reads a byte order mark.
    private static JsonElement? Json(byte[] bytes)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
