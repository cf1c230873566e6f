using System.Buffers;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using IssuerGateway.Edge;
using IssuerGateway.Edge.Connections;
using Microsoft.Extensions.Primitives;

namespace IssuerGateway.Fuzz.Targets;

/// <summary>What relying parties send.</summary>
internal static partial class EdgeTargets
{
    private const string ETag = "\"abc\"";

    /// <summary>Lines of one header, as they come in.</summary>
    public static void IfNoneMatch(byte[] bytes)
    {
        string[] lines = Encoding.Latin1.GetString(bytes).Split('\n');
        bool matches = Edge.IfNoneMatch.Matches(new StringValues(lines), ETag);
        BrokenPromiseException.Unless(!matches || lines.Any(line => line.Trim(' ', '\t') == "*" || line.Contains(ETag, StringComparison.Ordinal)), "only its own tag or a star match");

        // What the grammar takes as a list is decided by its tags; ASP.NET's reader is no reference, as it takes w/ and W/ with
        // white space behind it, and throws at some of them.
        if (lines.All(line => EntityTags().IsMatch(line)))
        {
            bool expected = lines.Any(line => EntityTag().Matches(line).Any(tag => tag.Value.TrimStart('W', '/') == ETag));
            BrokenPromiseException.Unless(matches == expected, "the response of the grammar");
        }
    }

    public static void ProxyHeader(byte[] bytes)
    {
        ProxyHeader whole = Edge.Connections.ProxyHeader.Read(new ReadOnlySequence<byte>(bytes));
        BrokenPromiseException.Unless(bytes.Length < 4096 || whole.Finding != ProxyHeaderFinding.Incomplete, "no more than the limit is wanted");
        BrokenPromiseException.Unless(whole.Length >= 0 && whole.Length <= bytes.Length, "never past the end");
        BrokenPromiseException.Unless((whole.Client is not null) == (whole.Finding == ProxyHeaderFinding.Client), "a client exactly when it names one");
        int step = 1 + (bytes.Length / 16);
        BrokenPromiseException.Unless(Edge.Connections.ProxyHeader.Read(Segments.Of(bytes, step)) == whole, "segments make no difference");
        for (int length = 0; length < bytes.Length; length += step)
        {
            ProxyHeader part = Edge.Connections.ProxyHeader.Read(new ReadOnlySequence<byte>(bytes, 0, length));
            BrokenPromiseException.Unless(part.Finding == ProxyHeaderFinding.Incomplete || part == whole, "what was decided stays decided when more arrives");
        }

        if (whole.Client is { } client)
        {
            if (bytes[0] == 'P')
            {
                BrokenPromiseException.Unless(Line().IsMatch(Encoding.Latin1.GetString(bytes, 0, whole.Length)), "only a line of version 1");
            }

            string family = client.AddressFamily == AddressFamily.InterNetwork ? "TCP4" : "TCP6";
            byte[] written = Encoding.ASCII.GetBytes($"PROXY {family} {client.Address} {client.Address} {client.Port} 443\r\n");
            ProxyHeader again = Edge.Connections.ProxyHeader.Read(new ReadOnlySequence<byte>(written));
            BrokenPromiseException.Unless(client.Equals(again.Client) && again.Length == written.Length, "the client as a line of version 1 is the same client");
        }
    }

    [GeneratedRegex(@"\APROXY TCP[46] [0-9a-fA-F.:]+ [0-9a-fA-F.:]+ \d{1,5} \d{1,5}\r\n\z")]
    private static partial Regex Line();

    // RFC 9110 §8.8.3 and §5.6.1.2.
    [GeneratedRegex(@"\A[ \t,]*(?:(?:W/)?""[\x21\x23-\x7e\x80-\xff]*""(?:[ \t]*,[ \t,]*|[ \t]*\z))*\z")]
    private static partial Regex EntityTags();

    [GeneratedRegex(@"(W/)?""[^""]*""")]
    private static partial Regex EntityTag();
}
