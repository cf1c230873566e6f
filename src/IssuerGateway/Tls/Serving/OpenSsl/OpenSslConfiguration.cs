using System.ComponentModel;
using System.Runtime.InteropServices;
using IssuerGateway.Configuration;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace IssuerGateway.Tls.Serving.OpenSsl;

/// <summary>Adds the gateway's rules (<see cref="OpenSslPolicy"/>) to the OpenSSL configuration of the machine, for the whole process.</summary>
internal static partial class OpenSslConfiguration
{
    private const string Variable = "OPENSSL_CONF";
    private const string FipsMode = "/proc/sys/crypto/fips_enabled";

    /// <summary>The first version with X25519MLKEM768, as OpenSSL_version_num(3) gives it.</summary>
    private const ulong HybridGroups = 0x30500000;

    /// <summary>
    /// Has to be the first thing that Program does: OpenSSL reads its configuration once, when the first hash, key or
    /// connection of the process is made. CipherSuitesPolicy would restrict as well, but without session resumption.
    /// An operator's own OPENSSL_CONF is used as it is.
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
        {
            file.Write(Encoding.UTF8.GetBytes(Text()));
        }

        // Environment.SetEnvironmentVariable changes .NET's copy only; OpenSSL looks at the C library's.
        _ = Check(SetVariable(Variable, $"/proc/self/fd/{descriptor}", 1));
    }

    /// <summary>The configuration for the OpenSSL and the system at hand.</summary>
    internal static string Text()
    {
        using StreamReader carried = new(typeof(OpenSslConfiguration).Assembly.GetManifestResourceStream("openssl.cnf")!);
        (ulong version, string? folder) = Library();
        string? path = folder is null ? null : Path.Combine(folder, "openssl.cnf");
        (string, OpenSslText)? system = path is not null && SystemFile.ReadIfThere(path) is { } text ? (path, OpenSslText.Parse(text, SystemFile.ReadIfThere)) : null;
        return OpenSslPolicy.Compose(
            OpenSslText.Parse(carried.ReadToEnd(), _ => null), system, new OpenSslFacts(version >= HybridGroups, SystemFile.ReadIfThere(FipsMode)?.Trim() == "1"));
    }

    // Neither call initializes the library, so that it has not read its configuration yet.
    private static unsafe (ulong Version, string? Folder) Library()
    {
        const int openSslDirectory = 4;
        if (!NativeLibrary.TryLoad("libcrypto.so.3", out nint library)
            || !NativeLibrary.TryGetExport(library, "OpenSSL_version_num", out nint number)
            || !NativeLibrary.TryGetExport(library, "OpenSSL_version", out nint text))
        {
            return (0, null);
        }

        // OPENSSLDIR: "/usr/lib/ssl"
        string? folder = Marshal.PtrToStringUTF8(((delegate* unmanaged<int, nint>)text)(openSslDirectory));
        return ((ulong)((delegate* unmanaged<nuint>)number)(), folder?.Split('"') is [_, var quoted, _] ? quoted : null);
    }

    private static int Check(int result) => result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError());

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int MemoryFile(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
