using System.Text;
using System.Text.Json.Nodes;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>
/// A Secret as Helm sends its releases: Kubernetes' protobuf (k8s.io/api/core/v1/generated.proto), of which the name, the
/// labels, the data and the type are read.
/// </summary>
internal static class ProtobufSecret
{
    private static readonly byte[] magic = "k8s\0"u8.ToArray();

    public static JsonObject Read(ReadOnlySpan<byte> body)
    {
        JsonObject metadata = [], data = [];
        JsonObject secret = new() { ["apiVersion"] = "v1", ["kind"] = "Secret", ["metadata"] = metadata, ["data"] = data };
        byte[] raw = Fields(body[magic.Length..]).Single(field => field.Number == 2).Value;
        foreach ((int number, byte[] value) in Fields(raw))
        {
            switch (number)
            {
                case 1:
                    ReadMetadata(value, metadata);
                    break;
                case 2:
                    (string name, byte[] part) = Entry(value);
                    data[name] = Convert.ToBase64String(part);
                    break;
                case 3:
                    secret["type"] = Encoding.UTF8.GetString(value);
                    break;
            }
        }

        return secret;
    }

    private static void ReadMetadata(byte[] message, JsonObject metadata)
    {
        JsonObject labels = [];
        foreach ((int number, byte[] value) in Fields(message))
        {
            if (number is 1 or 3)
            {
                metadata[number == 1 ? "name" : "namespace"] = Encoding.UTF8.GetString(value);
            }
            else if (number == 11)
            {
                (string name, byte[] label) = Entry(value);
                labels[name] = Encoding.UTF8.GetString(label);
            }
        }

        metadata["labels"] = labels;
    }

    private static (string Name, byte[] Value) Entry(byte[] message)
    {
        List<(int Number, byte[] Value)> fields = Fields(message);
        return (Encoding.UTF8.GetString(fields.Find(field => field.Number == 1).Value ?? []), fields.Find(field => field.Number == 2).Value ?? []);
    }

    // Only fields with a length hold what is read here; numbers are skipped.
    private static List<(int Number, byte[] Value)> Fields(ReadOnlySpan<byte> message)
    {
        List<(int, byte[])> fields = [];
        while (message.Length > 0)
        {
            ulong tag = Varint(ref message);
            int length = (tag & 7) switch { 0 => Skip(ref message), 1 => 8, 5 => 4, _ => (int)Varint(ref message) };
            if ((tag & 7) == 2)
            {
                fields.Add(((int)(tag >> 3), message[..length].ToArray()));
            }

            message = message[length..];
        }

        return fields;
    }

    private static int Skip(ref ReadOnlySpan<byte> message)
    {
        _ = Varint(ref message);
        return 0;
    }

    private static ulong Varint(ref ReadOnlySpan<byte> message)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = message[0];
            message = message[1..];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
