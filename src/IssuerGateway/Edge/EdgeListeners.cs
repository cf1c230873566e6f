using System.Net;
using IssuerGateway.Edge.Connections;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace IssuerGateway.Edge;

/// <summary>The public listeners and the limits of each connection.</summary>
internal static class EdgeListeners
{
    /// <param name="useTls">Puts TLS on the HTTPS listener; absent when a proxy in front terminates TLS.</param>
    /// <param name="needsPlainHttp">Whether the HTTP listener is open although TLS is on (ACME HTTP-01).</param>
    public static void ConfigurePublicEndpoints(this KestrelServerOptions kestrel, EdgeSettings settings, Action<ListenOptions>? useTls, bool needsPlainHttp)
    {
        Limit(kestrel);
        if (useTls is not null)
        {
            Listen(kestrel, settings.Address, settings.HttpsPort, listen =>
            {
                Admit(listen, hasHandshake: true);

                // HTTP/1.1 and HTTP/2 are the default, and ALPN chooses. Saying so would have Kestrel warn that this listener, on
                // which it knows of no TLS of its own, has none.
                useTls(listen);
                listen.UseFrameBatching();
                EndWithSocket(listen);
            });
        }

        if (useTls is null || needsPlainHttp)
        {
            Listen(kestrel, settings.Address, settings.HttpPort, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                Admit(listen, hasHandshake: false);
                EndWithSocket(listen);
            });
        }
    }

    /// <summary>
    /// Lets the thread that waits for the sockets run what follows a read or a write itself, which saves waking another
    /// for each (loadtests/RESULTS.md). .NET has no other switch for it and reads it once, with the first socket. The
    /// price: nothing that follows a network response may block, on a socket above all, or every connection of that thread
    /// waits. So each client of this process leaves the thread once its response is whole.
    /// </summary>
    public static void PreferInlineCompletions()
    {
        const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
        if (Environment.GetEnvironmentVariable(Variable) is null)
        {
            Environment.SetEnvironmentVariable(Variable, "1");
        }
    }

    private static void Admit(ListenOptions listen, bool hasHandshake)
    {
        ClientAdmission admission = listen.ApplicationServices.GetRequiredService<ClientAdmission>();
        listen.Use(next => admission.Before(next, hasHandshake));
    }

    // Last, around HTTP alone: what TLS holds outside of the garbage collector's sight is then given back in order.
    private static void EndWithSocket(ListenOptions listen)
    {
        TimeProvider time = listen.ApplicationServices.GetRequiredService<TimeProvider>();
        listen.Use(next => connection => AbandonedConnectionGuard.RunAsync(connection, next, time));
    }

    private static void Limit(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.AllowSynchronousIO = false;
        kestrel.Limits.MaxRequestBodySize = 0;

        // Each of these is memory that a client can make a connection hold: LimitSettings counts it. Relying parties send
        // some hundred bytes of headers, and proxies in front a few hundred more.
        kestrel.Limits.MaxRequestHeadersTotalSize = 4 * 1024;
        kestrel.Limits.MaxRequestHeaderCount = 64;
        kestrel.Limits.MaxRequestLineSize = 2 * 1024;
        kestrel.Limits.MaxRequestBufferSize = 8 * 1024;

        // Kestrel counts what is in its buffer as sent: at its 240 bytes a second a client that reads nothing could keep
        // that waiting for minutes. Relying parties are servers; a set of 100 keys has 15 seconds.
        kestrel.Limits.MaxResponseBufferSize = 16 * 1024;
        kestrel.Limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 4096, gracePeriod: TimeSpan.FromSeconds(5));
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(75);
        // Two documents an issuer; and each stream holds its headers for as long as the client lets it wait.
        kestrel.Limits.Http2.MaxStreamsPerConnection = 8;

        // Not 0: Kestrel would decode by it from the first byte, and a client may use the 4,096 bytes of RFC 9113 §6.5.2 until it
        // has seen our SETTINGS; its second request would be a COMPRESSION_ERROR (nghttp2, Go). What a client makes of the table
        // is bounded all the same: the limits of a request count its headers as they are decoded.
        kestrel.Limits.Http2.HeaderTableSize = 4096;
        kestrel.Limits.Http2.MaxRequestHeaderFieldSize = 4 * 1024;

        // Bodies are never read; these are the lowest that Kestrel takes.
        kestrel.Limits.Http2.InitialConnectionWindowSize = 65_535;
        kestrel.Limits.Http2.InitialStreamWindowSize = 65_535;
        kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(60);
        kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
    }

    private static void Listen(KestrelServerOptions kestrel, string address, int port, Action<ListenOptions> configure)
    {
        if (address == "*")
        {
            kestrel.ListenAnyIP(port, configure);
        }
        else
        {
            kestrel.Listen(IPAddress.Parse(address), port, configure);
        }
    }
}
