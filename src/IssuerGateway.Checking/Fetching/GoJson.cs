using System.Text;
using System.Text.Json;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Fetching;

/// <summary>
/// Whether Go's encoding/json reads a document that <see cref="StrictJson"/> does not: it takes the last of two members of one
/// name, replaces what is not UTF-8 and escapes that are half a character, and goes 10,000 levels deep (run with Go 1.26). What
/// the parties written in Go make of such a document is not known.
/// </summary>
internal static class GoJson
{
    private static readonly JsonDocumentOptions options = new() { MaxDepth = 10_000 };

    public static bool ReadsMoreThanStrict(ReadOnlyMemory<byte> document)
    {
        using JsonDocument? strict = StrictJson.ParseObject(document, out _);
        if (strict is not null)
        {
            return false;
        }

        try
        {
            // GetString puts U+FFFD in the place of what is not UTF-8, as Go does.
            using JsonDocument read = JsonDocument.Parse(Encoding.UTF8.GetString(document.Span), options);
            return read.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
