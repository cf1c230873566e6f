using System.Net;
using System.Net.Sockets;
using System.Text;
using IssuerGateway.Edge;

namespace IssuerGateway.Tests.Edge.Connections;

/// <summary>The limits and the PROXY protocol on a real Kestrel, over raw sockets.</summary>
public sealed class ClientAdmissionTests
{
    private const string Query = "GET /openid/v1/jwks HTTP/1.1\r\nHost: issuer.example.test\r\n\r\n";
    private const string QueryAndClose = "GET /openid/v1/jwks HTTP/1.1\r\nHost: issuer.example.test\r\nConnection: close\r\n\r\n";
    private const string Rejected = "issuer_gateway_connections_refused_total";

    private static readonly TimeSpan waitLimit = TimeSpan.FromMinutes(1);
    private static readonly string[] proxied = ["Edge:ClientAddress=ProxyProtocol", "Edge:ProxyProtocol:TrustedSources=127.0.0.0/8"];
    private static readonly string[] proxiedFromElsewhere = ["Edge:ClientAddress=ProxyProtocol", "Edge:ProxyProtocol:TrustedSources=192.0.2.0/24"];

    [Theory]
    [InlineData("PROXY TCP4 203.0.113.10 192.0.2.1 54321 443\r\n", "203.0.113.10")]
    [InlineData("PROXY TCP6 2001:db8::1 2001:db8::2 54321 443\r\n", "2001:db8::1")]
    [InlineData("PROXY UNKNOWN\r\n", "127.0.0.1")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\u0021\u0011\0\u000c\u00cb\0\u0071\u000a\u00c0\0\u0002\u0001\u00d4\u0031\u0001\u00bb", "203.0.113.10")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\u0020\0\0\0", "127.0.0.1")]
    public async Task Takes_the_address_of_the_client_from_a_trusted_source(string header, string address)
    {
        EdgeFixture edge = await EdgeFixture.StartAsync(further: [.. proxied, "Edge:AccessLog=true"]);
        await using (edge)
        {
            Assert.StartsWith("HTTP/1.1 200 OK\r\n", await edge.SendAsync(header + QueryAndClose), StringComparison.Ordinal);
        }

        Assert.Contains($" from {address} responded with 200 ", Assert.Single(edge.Log.Lines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(QueryAndClose, "proxy-missing")]
    [InlineData("PROXY TCP4 203.0.113.10 192.0.2.1 54321 443\n" + QueryAndClose, "proxy-malformed")]
    [InlineData("PROXY TCP4 203.0.113.10 192.0.2.1 54321 443\r\nPROXY TCP4 203.0.113.10 192.0.2.1 54321 443\r\n" + QueryAndClose, null)]
    public async Task Serves_a_trusted_source_nothing_without_one_good_header(string request, string? reason)
    {
        await using EdgeFixture edge = await EdgeFixture.StartAsync(further: proxied);

        string response = await SendAsync(edge, request);

        Assert.True(response.Length == 0 || response.StartsWith("HTTP/1.1 400 ", StringComparison.Ordinal), response);
        if (reason is not null)
        {
            Assert.Equal($"{Rejected}{{reason=\"{reason}\"}} 1", await edge.MetricAsync($"{Rejected}{{reason=\"{reason}\"}}"));
        }
    }

    [Theory]
    [InlineData("PROXY TCP4 203.0.113.10 192.0.2.1 54321 443\r\n")]
    [InlineData("PROXY nonsense\r\n")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\u0020\0\0\0")]
    public async Task Rejects_a_header_from_another_source(string header)
    {
        await using EdgeFixture edge = await EdgeFixture.StartAsync(further: proxiedFromElsewhere);

        Assert.Equal("", await SendAsync(edge, header + QueryAndClose));
        Assert.Equal($"{Rejected}{{reason=\"proxy-untrusted\"}} 1", await edge.MetricAsync($"{Rejected}{{reason=\"proxy-untrusted\"}}"));
        await UntilAsync(() => Task.FromResult(edge.Log.Lines.Count > 0));
        Assert.StartsWith("Warning: Rejected 1 connections since the last message, the latest from 127.0.0.1:", Assert.Single(edge.Log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Takes_another_source_without_a_header_as_direct()
    {
        await using EdgeFixture edge = await EdgeFixture.StartAsync(further: proxiedFromElsewhere);

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", await edge.SendAsync(QueryAndClose), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PROXY TCP4 203.0.113.10 192.0.2.1 54321 443\r\n")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\u0020\0\0\0")]
    public async Task Knows_no_header_where_the_PROXY_protocol_is_off(string header)
    {
        await using EdgeFixture edge = await EdgeFixture.StartAsync(further: "Edge:ClientAddress=Direct");

        Assert.StartsWith("HTTP/1.1 400 Bad Request\r\n", await edge.SendAsync(header + QueryAndClose), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limits_the_connections_of_one_address_and_not_those_of_another()
    {
        await using EdgeFixture edge = await EdgeFixture.StartAsync(further: [.. proxied, "Edge:MaxConnectionsPerAddress=2"]);
        const string Somebody = "PROXY TCP6 2001:db8::1 2001:db8::2 1 443\r\n";
        const string SameNetwork = "PROXY TCP6 2001:db8::bad 2001:db8::2 1 443\r\n";
        const string SomebodyElse = "PROXY TCP6 2001:db8:0:1::1 2001:db8::2 1 443\r\n";
        using KeptConnection first = await KeptConnection.QueryAsync(edge, Somebody);
        using (KeptConnection second = await KeptConnection.QueryAsync(edge, SameNetwork))
        {
            Assert.Equal("", await SendAsync(edge, Somebody + QueryAndClose));
            Assert.StartsWith("HTTP/1.1 200 OK\r\n", await edge.SendAsync(SomebodyElse + QueryAndClose), StringComparison.Ordinal);
            Assert.Equal($"{Rejected}{{reason=\"address\"}} 1", await edge.MetricAsync($"{Rejected}{{reason=\"address\"}}"));
        }

        // The place is free again once its connection has gone.
        await UntilAsync(async () => (await SendAsync(edge, Somebody + QueryAndClose)).StartsWith("HTTP/1.1 200 OK\r\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Serves_a_new_connection_in_place_of_the_one_without_a_response_longest()
    {
        await using EdgeFixture edge = await EdgeFixture.StartAsync(further: "Edge:MaxConnections=16");
        using KeptConnection busy = await KeptConnection.QueryAsync(edge, "");
        List<TcpClient> silent = [];
        for (int i = 0; i < 14; i++)
        {
            silent.Add(new TcpClient());
            await silent[i].ConnectAsync(IPAddress.Loopback, edge.Port);
        }

        await UntilAsync(async () => await edge.MetricAsync("issuer_gateway_connections ") == "issuer_gateway_connections 15");
        await busy.QueryAgainAsync();
        for (int i = 0; i < 5; i++)
        {
            Assert.StartsWith("HTTP/1.1 200 OK\r\n", await edge.SendAsync(QueryAndClose), StringComparison.Ordinal);
            await busy.QueryAgainAsync();
        }

        Assert.NotEqual("0", (await edge.MetricAsync($"{Rejected}{{reason=\"replaced\"}}"))!.Split(' ')[1]);
        Assert.Equal($"{Rejected}{{reason=\"total\"}} 0", await edge.MetricAsync($"{Rejected}{{reason=\"total\"}}"));
        silent.ForEach(connection => connection.Dispose());
        await UntilAsync(async () => await edge.MetricAsync("issuer_gateway_connections ") == "issuer_gateway_connections 1");
    }

    [Theory]
    [InlineData("PROXY UNKNOWN\r\n")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\u0020\0\0\0")]
    public async Task Limits_the_connections_whose_header_names_no_client(string header)
    {
        await using EdgeFixture edge = await EdgeFixture.StartAsync(further: [.. proxied, "Edge:MaxConnectionsPerAddress=2"]);
        using KeptConnection first = await KeptConnection.QueryAsync(edge, header);
        using KeptConnection second = await KeptConnection.QueryAsync(edge, header);

        Assert.Equal("", await SendAsync(edge, header + QueryAndClose));
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", await edge.SendAsync("PROXY TCP4 203.0.113.10 192.0.2.1 54321 443\r\n" + QueryAndClose), StringComparison.Ordinal);
    }

    /// <summary>What comes until the server closes; a reset is a close too.</summary>
    private static async Task<string> SendAsync(EdgeFixture edge, string request)
    {
        try
        {
            return await edge.SendAsync(request);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return "";
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using CancellationTokenSource limit = new(waitLimit);
        while (!await condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), limit.Token);
        }
    }

    private sealed class KeptConnection : IDisposable
    {
        private readonly TcpClient connection = new();
        private readonly byte[] buffer = new byte[4096];

        public static async Task<KeptConnection> QueryAsync(EdgeFixture edge, string header)
        {
            KeptConnection kept = new();
            await kept.connection.ConnectAsync(IPAddress.Loopback, edge.Port);
            await kept.connection.GetStream().WriteAsync(Encoding.Latin1.GetBytes(header));
            await kept.QueryAgainAsync();
            return kept;
        }

        public async Task QueryAgainAsync()
        {
            using CancellationTokenSource limit = new(waitLimit);
            await connection.GetStream().WriteAsync(Encoding.Latin1.GetBytes(Query), limit.Token);
            string response = "";
            while (!response.EndsWith("]}", StringComparison.Ordinal))
            {
                int count = await connection.GetStream().ReadAsync(buffer, limit.Token);
                Assert.NotEqual(0, count);
                response += Encoding.Latin1.GetString(buffer, 0, count);
            }

            Assert.StartsWith("HTTP/1.1 200 OK\r\n", response, StringComparison.Ordinal);
        }

        public void Dispose() => connection.Dispose();
    }
}
