using System.Runtime.InteropServices;

namespace IssuerGateway.Tls.Serving.OpenSsl;

/// <summary>How OpenSSL uses memory in this process (loadtests/RESULTS.md).</summary>
internal static partial class OpenSslMemory
{
    /// <summary>M_ARENA_MAX of mallopt(3).</summary>
    private const int ArenaMax = -8;

    /// <summary>CRYPTO_EX_INDEX_SSL_CTX of CRYPTO_get_ex_new_index(3).</summary>
    private const int ContextClass = 1;

    /// <summary>SSL_CTRL_MODE: what SSL_CTX_set_mode(3) sends to SSL_CTX_ctrl.</summary>
    private const int SetMode = 33;

    /// <summary>SSL_MODE_RELEASE_BUFFERS of SSL_CTX_set_mode(3).</summary>
    private const nint ReleaseBuffers = 0x10;

    private static unsafe delegate* unmanaged<nint, int, nint, nint, nint> control;

    /// <summary>
    /// glibc keeps what was freed apart for each thread: after many handshakes that is half as much again as one shared
    /// arena holds, and handshakes are not limited by malloc's lock. First thing in the process: an arena that a thread
    /// has taken stays.
    /// </summary>
    public static void UseOneArena()
    {
        // What the operator says in the environment stays in force.
        if (Environment.GetEnvironmentVariable("MALLOC_ARENA_MAX") is null)
        {
            try
            {
                // Rejected, it leaves things as they are: nothing to report.
                _ = MallOpt(ArenaMax, 1);
            }
            catch (EntryPointNotFoundException)
            {
                // Another libc than glibc: nothing to choose.
            }
        }
    }

    /// <summary>Gives what is free back to the system; glibc alone keeps what lies between two blocks in use.</summary>
    public static void Trim()
    {
        try
        {
            _ = MallocTrim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Another libc than glibc.
        }
    }

    /// <summary>
    /// Has each connection give back its buffers of two TLS records (33 KB) while it is idle, as nginx does. SslStream has
    /// no option for it and no handle to set it on, so it is set on each SSL_CTX as OpenSSL makes it: CRYPTO_get_ex_new_index(3)
    /// announces them. Where the library or a function is missing, idle connections cost more, and nothing else changes.
    /// </summary>
    public static unsafe void ReleaseIdleBuffers()
    {
        if (NativeLibrary.TryLoad("libssl.so.3", out nint ssl) && NativeLibrary.TryGetExport(ssl, "SSL_CTX_ctrl", out nint setting)
            && NativeLibrary.TryLoad("libcrypto.so.3", out nint crypto) && NativeLibrary.TryGetExport(crypto, "CRYPTO_get_ex_new_index", out nint announcing))
        {
            control = (delegate* unmanaged<nint, int, nint, nint, nint>)setting;
            delegate* unmanaged<nint, nint, nint, int, nint, nint, void> created = &ContextCreated;
            _ = ((delegate* unmanaged<int, nint, nint, nint, nint, nint, int>)announcing)(ContextClass, 0, 0, (nint)created, 0, 0);
        }
    }

    // CRYPTO_EX_new: parent, ptr, ad, idx, argl, argp.
    [UnmanagedCallersOnly]
    private static unsafe void ContextCreated(nint context, nint pointer, nint data, int index, nint number, nint argument) =>
        _ = control(context, SetMode, ReleaseBuffers, 0);

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int MallOpt(int parameter, int value);

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint pad);
}
