using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace IssuerGateway.Tls.Serving;

/// <summary>Restricts OpenSSL to AEAD suites for the whole process, by the configuration that the program carries.</summary>
internal static partial class OpenSslConfiguration
{
    private const string Variable = "OPENSSL_CONF";

    /// <summary>
    /// Has to be the first thing that Program does: OpenSSL reads its configuration once, when the first hash, key or
    /// connection of the process is made. CipherSuitesPolicy would restrict as well, but without session resumption.
    /// An operator's own OPENSSL_CONF stands (FIPS providers are set up there).
    /// </summary>
    public static void Apply()
    {
        if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Variable)))
        {
            return;
        }

        // A file in memory: no directory of a read-only container has to be written, and nobody can change it. It stays
        // open as long as the process lives.
        int descriptor = Check(MemoryFile("openssl.cnf", 0));
        using (FileStream file = new(new SafeFileHandle(descriptor, ownsHandle: false), FileAccess.Write, bufferSize: 0))
        using (Stream carried = typeof(OpenSslConfiguration).Assembly.GetManifestResourceStream("openssl.cnf")!)
        {
            carried.CopyTo(file);
        }

        // Environment.SetEnvironmentVariable changes .NET's copy only; OpenSSL looks at the C library's.
        _ = Check(SetVariable(Variable, $"/proc/self/fd/{descriptor}", 1));
    }

    private static int Check(int result) => result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError());

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int MemoryFile(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
