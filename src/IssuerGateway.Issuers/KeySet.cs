using System.Text.Json;

namespace IssuerGateway.Issuers;

/// <summary>A JWK Set (RFC 7517 §5) as received: its bytes, and its keys each with its own.</summary>
public sealed class KeySet
{
    private KeySet(ReadOnlyMemory<byte> bytes, IReadOnlyList<SigningKey> keys, IReadOnlyList<string> privateMembers)
    {
        Bytes = bytes;
        Keys = keys;
        PrivateMembers = privateMembers;
    }

    public ReadOnlyMemory<byte> Bytes { get; }

    public IReadOnlyList<SigningKey> Keys { get; }

    /// <summary>Names of private or symmetric members anywhere in the document, also beside its keys; never their values.</summary>
    public IReadOnlyList<string> PrivateMembers { get; }

    /// <summary>A set of exactly these keys, each member verbatim, in the form in which the API server writes sets.</summary>
    public static KeySet Of(IReadOnlyList<SigningKey> keys)
    {
        List<byte> bytes = [.. "{\"keys\":["u8];
        for (int i = 0; i < keys.Count; i++)
        {
            if (i > 0)
            {
                bytes.Add((byte)',');
            }

            bytes.AddRange(keys[i].Member.Span);
        }

        bytes.AddRange("]}"u8);
        return new KeySet(bytes.ToArray(), keys, [.. keys.SelectMany(key => key.PrivateMembers).Distinct()]);
    }

    public static KeySet? Parse(ReadOnlyMemory<byte> bytes, out Finding? fault)
    {
        using JsonDocument? json = StrictJson.ParseObject(bytes, out string? reason);
        if (json is not null
            && (!json.RootElement.TryGetProperty("keys", out JsonElement keys) || keys.ValueKind != JsonValueKind.Array
                || keys.EnumerateArray().Any(key => key.ValueKind != JsonValueKind.Object)))
        {
            reason = "no member \"keys\" that is an array of objects";
        }

        if (reason is not null)
        {
            fault = Finding.Error("key-set-malformed", $"JWK Set: {reason}",
                "fetch it from the API server with kubectl get --raw /openid/v1/jwks; something in between responds instead");
            return null;
        }

        fault = null;
        List<ReadOnlyMemory<byte>> members = MembersOf(bytes);
        return new KeySet(
            bytes,
            [.. json!.RootElement.GetProperty("keys").EnumerateArray().Select((key, i) => SigningKey.Read(key, members[i]))],
            StrictJson.PrivateMembers(json.RootElement));
    }

    // Bytes have been validated as well-formed, so this pass only looks for places: the objects of the top-level array "keys".
    private static List<ReadOnlyMemory<byte>> MembersOf(ReadOnlyMemory<byte> bytes)
    {
        List<ReadOnlyMemory<byte>> members = [];
        Utf8JsonReader reader = new(bytes.Span);
        bool inKeys = false;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1)
            {
                inKeys = reader.ValueTextEquals("keys"u8);
            }
            else if (inKeys && reader.TokenType == JsonTokenType.StartObject && reader.CurrentDepth == 2)
            {
                int start = (int)reader.TokenStartIndex;
                reader.Skip();
                members.Add(bytes[start..(int)reader.BytesConsumed]);
            }
        }

        return members;
    }
}
