using System.Buffers;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using IssuerGateway.Edge;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

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

        if (Reference(lines) is { } reference)
        {
            bool expected = reference.Any(tag => tag.Tag == ETag || (tag.Tag == "*" && reference.Count == 1));
            BrokenPromiseException.Unless(matches == expected || reference.Any(tag => tag.Tag == "*"), "the answer of the reference");
        }
    }

    public static void ProxyHeader(byte[] bytes)
    {
        ProxyHeader whole = Edge.ProxyHeader.Read(new ReadOnlySequence<byte>(bytes));
        BrokenPromiseException.Unless(bytes.Length < 4096 || whole.Finding != ProxyHeaderFinding.Incomplete, "no more than the limit is wanted");
        BrokenPromiseException.Unless(whole.Length >= 0 && whole.Length <= bytes.Length, "never past the end");
        BrokenPromiseException.Unless((whole.Client is not null) == (whole.Finding == ProxyHeaderFinding.Client), "a client exactly when it names one");
        int step = 1 + (bytes.Length / 16);
        BrokenPromiseException.Unless(Edge.ProxyHeader.Read(Segments.Of(bytes, step)) == whole, "segments make no difference");
        for (int length = 0; length < bytes.Length; length += step)
        {
            ProxyHeader part = Edge.ProxyHeader.Read(new ReadOnlySequence<byte>(bytes, 0, length));
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
            ProxyHeader again = Edge.ProxyHeader.Read(new ReadOnlySequence<byte>(written));
            BrokenPromiseException.Unless(client.Equals(again.Client) && again.Length == written.Length, "the client as a line of version 1 is the same client");
        }
    }

    [GeneratedRegex(@"\APROXY TCP[46] [0-9a-fA-F.:]+ [0-9a-fA-F.:]+ \d{1,5} \d{1,5}\r\n\z")]
    private static partial Regex Line();

    // ASP.NET's own strict reader, for what it takes as well-formed. With white space behind W/ (RFC 9110 §8.8.3 has none)
    // it takes some tags and throws at others.
    private static IList<EntityTagHeaderValue>? Reference(string[] lines) =>
        !lines.Any(line => line.Contains("W/ ", StringComparison.Ordinal) || line.Contains("W/\t", StringComparison.Ordinal))
        && EntityTagHeaderValue.TryParseStrictList(lines, out IList<EntityTagHeaderValue>? reference) ? reference : null;
}
