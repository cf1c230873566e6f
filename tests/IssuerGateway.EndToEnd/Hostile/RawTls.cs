using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Authentication;
using System.Text;

namespace IssuerGateway.EndToEnd.Hostile;

/// <summary>
/// A client of OpenSSL's own that works in memory, so that what it has to send can be cut, altered or kept for later, and
/// that does what SslStream does not: key updates, renegotiation, early data, groups of one's choice.
/// </summary>
internal sealed class RawTls : IDisposable
{
    public const int Version12 = 0x0303;
    public const int Version13 = 0x0304;

    private static readonly byte[] http11 = [8, .. "http/1.1"u8];

    private readonly nint ssl;
    private readonly nint received;
    private readonly nint toSend;

    /// <param name="groups">As SSL_set1_groups_list has it; a share is sent for the first one.</param>
    /// <param name="session">Of <see cref="Session"/>, to be resumed.</param>
    public RawTls(int version = Version13, string? groups = null, TlsSession? session = null)
    {
        ssl = OpenSsl.New(OpenSsl.Context);
        received = OpenSsl.NewMemory();
        toSend = OpenSsl.NewMemory();
        OpenSsl.SetBio(ssl, received, toSend);
        OpenSsl.SetClient(ssl);
        Require(OpenSsl.Control(ssl, OpenSsl.SetLeastVersion, version, null));
        Require(OpenSsl.Control(ssl, OpenSsl.SetMostVersion, version, null));
        Require(OpenSsl.Control(ssl, OpenSsl.SetHostName, 0, "localhost"));
        if (groups is not null)
        {
            Require(OpenSsl.Control(ssl, OpenSsl.SetGroups, 0, groups));
        }

        if (session is not null)
        {
            Require(OpenSsl.SetSession(ssl, session.Handle));
        }

        // Zero is success here.
        Require(1 - OpenSsl.SetProtocols(ssl, http11, (uint)http11.Length));
    }

    public bool IsResumed => OpenSsl.IsResumed(ssl) == 1;

    /// <summary>What is to be sent by now.</summary>
    public byte[] Take()
    {
        byte[] bytes = new byte[(int)OpenSsl.Pending(toSend)];
        if (bytes.Length > 0)
        {
            Require(OpenSsl.ReadBio(toSend, bytes, bytes.Length) == bytes.Length ? 1 : 0);
        }

        return bytes;
    }

    public void Give(ReadOnlySpan<byte> bytes) => Require(OpenSsl.WriteBio(received, bytes, bytes.Length) == bytes.Length ? 1 : 0);

    /// <summary>Goes on with the handshake; true when it is complete.</summary>
    public bool Advance() => Check(() => OpenSsl.Handshake(ssl)) > 0;

    /// <param name="halfOfTheLast">Leaves it at the first half of the last flight.</param>
    public async Task HandshakeAsync(NetworkStream stream, CancellationToken cancellationToken, bool halfOfTheLast = false)
    {
        bool isComplete;
        bool isFirst = true;
        do
        {
            isComplete = Advance();
            byte[] flight = Take();
            if (halfOfTheLast && !isFirst && flight.Length > 0)
            {
                await stream.WriteAsync(flight.AsMemory(0, flight.Length / 2), cancellationToken);
                return;
            }

            isFirst = false;
            await stream.WriteAsync(flight, cancellationToken);
        }
        while (!isComplete && await ReceiveAsync(stream, cancellationToken));

        if (!isComplete)
        {
            throw new IOException("ended within the handshake");
        }
    }

    /// <summary>All that comes until the gateway closes.</summary>
    public async Task<string> ReadToEndAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        StringBuilder text = new();
        byte[] buffer = new byte[16 * 1024];
        do
        {
            int count;
            while ((count = Check(() => OpenSsl.Read(ssl, buffer, buffer.Length))) > 0)
            {
                text.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }
        }
        while (await ReceiveAsync(stream, cancellationToken));

        return text.ToString();
    }

    /// <summary>Records of at most so many bytes of this.</summary>
    public byte[] Records(ReadOnlySpan<byte> plain, int each)
    {
        for (int i = 0; i < plain.Length; i += each)
        {
            int length = Math.Min(each, plain.Length - i);
            Require(OpenSsl.Write(ssl, plain.Slice(i, length), length));
        }

        return Take();
    }

    /// <summary>Each makes the gateway change its keys too (RFC 8446 §4.6.3).</summary>
    public byte[] KeyUpdates(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Require(OpenSsl.UpdateKey(ssl, OpenSsl.UpdateRequested));
            Require(OpenSsl.Handshake(ssl));
        }

        return Take();
    }

    /// <summary>A ClientHello within the connection (RFC 5746).</summary>
    public byte[] Renegotiation()
    {
        Require(OpenSsl.Renegotiate(ssl));
        Advance();
        return Take();
    }

    /// <summary>A first flight with this in its early data (RFC 8446 §4.2.10).</summary>
    public byte[] EarlyData(ReadOnlySpan<byte> plain)
    {
        OpenSsl.ClearErrors();
        Require(OpenSsl.WriteEarly(ssl, plain, (nuint)plain.Length, out _));
        return Take();
    }

    /// <summary>What the gateway gave for resumption, once something was read (RFC 8446 §4.6.1).</summary>
    public TlsSession Session()
    {
        // A copy: OpenSSL does not resume a session whose connection was not closed in all form.
        using TlsSession own = new(OpenSsl.Session(ssl));
        return own.Copy();
    }

    public void Dispose() => OpenSsl.Free(ssl);

    private async Task<bool> ReceiveAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[16 * 1024];
        int count = await stream.ReadAsync(buffer, cancellationToken);
        Give(buffer.AsSpan(0, count));
        return count > 0;
    }

    // The queue of errors is the thread's, and SSL_get_error looks at it.
    private int Check(Func<int> call)
    {
        OpenSsl.ClearErrors();
        int result = call();
        return result > 0 || OpenSsl.Error(ssl, result) is OpenSsl.WantRead or OpenSsl.Closed
            ? result
            : throw new AuthenticationException($"OpenSSL: {OpenSsl.LastError():X}");
    }

    private static void Require(nint result)
    {
        if (result <= 0)
        {
            throw new InvalidOperationException($"OpenSSL: {OpenSsl.LastError():X}");
        }
    }
}

/// <summary>A session to resume.</summary>
internal sealed class TlsSession(nint handle) : IDisposable
{
    public nint Handle => handle;

    public TlsSession Copy() => new(OpenSsl.CopySession(handle));

    /// <summary>The same with a ticket of which some bytes are others.</summary>
    public TlsSession Damaged(Random random)
    {
        TlsSession copy = Copy();
        OpenSsl.Ticket(copy.Handle, out nint ticket, out nuint length);
        byte[] garbage = new byte[(int)length];
        Marshal.Copy(ticket, garbage, 0, garbage.Length);
        random.NextBytes(garbage.AsSpan(random.Next(garbage.Length)));
        Marshal.Copy(garbage, 0, ticket, garbage.Length);
        return copy;
    }

    /// <summary>The same as if the gateway took early data.</summary>
    public TlsSession WithEarlyData()
    {
        TlsSession copy = Copy();
        _ = OpenSsl.AllowEarlyData(copy.Handle, 16 * 1024);
        return copy;
    }

    public void Dispose() => OpenSsl.FreeSession(handle);
}
