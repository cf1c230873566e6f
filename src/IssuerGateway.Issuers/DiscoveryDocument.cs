using System.Text.Json;

namespace IssuerGateway.Issuers;

/// <summary>A discovery document (OIDC Discovery §3) as received: its bytes, and where in them the two URLs stand.</summary>
public sealed class DiscoveryDocument
{
    private const string IssuerMember = "issuer";
    private const string KeySetUriMember = "jwks_uri";
    private const string AlgorithmsMember = "id_token_signing_alg_values_supported";

    private DiscoveryDocument(ReadOnlyMemory<byte> bytes) => Bytes = bytes;

    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The <c>issuer</c>, or null when it is absent or not a string.</summary>
    public string? Issuer { get; private init; }

    public string? KeySetUri { get; private init; }

    public IReadOnlyList<string> Algorithms { get; private init; } = [];

    /// <summary>Members whose value is an empty string or an empty array, or an array with an empty string in it.</summary>
    public IReadOnlyList<string> EmptyMembers { get; private init; } = [];

    /// <summary>Names of members that only a private or symmetric key has, at any depth; never their values.</summary>
    public IReadOnlyList<string> PrivateMembers { get; private init; } = [];

    public static DiscoveryDocument? Parse(ReadOnlyMemory<byte> bytes, out Finding? fault)
    {
        using JsonDocument? json = StrictJson.ParseObject(bytes, out string? reason);
        if (json is null)
        {
            fault = Finding.Error("discovery-malformed", $"discovery document: {reason}",
                "fetch it from the API server with kubectl get --raw /.well-known/openid-configuration; something in between answers instead");
            return null;
        }

        fault = null;
        JsonElement root = json.RootElement;
        return new DiscoveryDocument(bytes)
        {
            Issuer = StrictJson.TextOf(root, IssuerMember),
            KeySetUri = StrictJson.TextOf(root, KeySetUriMember),
            Algorithms = root.TryGetProperty(AlgorithmsMember, out JsonElement algorithms) && algorithms.ValueKind == JsonValueKind.Array
                ? [.. algorithms.EnumerateArray().Where(IsText).Select(algorithm => algorithm.GetString()!)]
                : [],
            EmptyMembers = [.. root.EnumerateObject().Where(member => IsEmpty(member.Value)).Select(member => member.Name)],
            PrivateMembers = StrictJson.PrivateMembers(root),
        };
    }

    /// <summary>
    /// The same bytes but for the values of <c>issuer</c> and <c>jwks_uri</c>; unchanged, and the same memory, when both
    /// are as wanted already.
    /// </summary>
    public ReadOnlyMemory<byte> Rewritten(IssuerIdentifier identifier)
    {
        List<(Range Token, string Value)> edits = [];
        foreach ((string name, string value, Range token) in TopLevelTexts())
        {
            string wanted = name switch
            {
                IssuerMember => identifier.Value,
                KeySetUriMember => identifier.KeySetUri,
                _ => value,
            };
            if (!string.Equals(value, wanted, StringComparison.Ordinal))
            {
                edits.Add((token, wanted));
            }
        }

        return edits.Count == 0 ? Bytes : Splice(edits);
    }

    private byte[] Splice(List<(Range Token, string Value)> edits)
    {
        List<byte> result = new(Bytes.Length + 256);
        int copied = 0;
        foreach ((Range token, string value) in edits)
        {
            result.AddRange(Bytes.Span[copied..token.Start.Value]);
            result.Add((byte)'"');
            result.AddRange(JsonEncodedText.Encode(value, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes);
            result.Add((byte)'"');
            copied = token.End.Value;
        }

        result.AddRange(Bytes.Span[copied..]);
        return [.. result];
    }

    // Bytes have been judged well-formed, so this pass only looks for places.
    private List<(string Name, string Value, Range Token)> TopLevelTexts()
    {
        List<(string, string, Range)> texts = [];
        Utf8JsonReader reader = new(Bytes.Span);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1)
            {
                continue;
            }

            string name = reader.GetString()!;
            reader.Read();
            if (reader.TokenType == JsonTokenType.String)
            {
                texts.Add((name, reader.GetString()!, (int)reader.TokenStartIndex..(int)reader.BytesConsumed));
            }
            else
            {
                reader.Skip();
            }
        }

        return texts;
    }

    private static bool IsText(JsonElement value) => value.ValueKind == JsonValueKind.String;

    private static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!.Length == 0,
        JsonValueKind.Array => value.GetArrayLength() == 0 || value.EnumerateArray().Any(item => IsText(item) && item.GetString()!.Length == 0),
        _ => false,
    };
}
