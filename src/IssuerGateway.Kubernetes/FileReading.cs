using IssuerGateway.Base;

namespace IssuerGateway.Kubernetes;

/// <summary>Files of one generation, or the fault that an operator can act on; reading never throws.</summary>
public sealed record FileReading(FileSet? Files, AccessFault? Fault)
{
    public static FileReading Read(int maxBytes, string hint, params IReadOnlyList<string> paths)
    {
        try
        {
            if (paths.FirstOrDefault(path => new FileInfo(path) is { Exists: true } file && file.Length > maxBytes) is { } large)
            {
                return Failed(AccessFaultCode.FileOversize, $"{large}: larger than the {maxBytes} bytes allowed", hint);
            }

            return new FileReading(FileSet.Read(maxBytes, paths), null);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            string missing = paths.FirstOrDefault(path => !File.Exists(path)) ?? paths[0];
            return Failed(AccessFaultCode.FileMissing, $"{missing}: no such file", hint);
        }
        catch (UnauthorizedAccessException)
        {
            return Failed(AccessFaultCode.FileUnreadable, $"{string.Join(", ", paths)}: may not be read by this process",
                "let the user that the gateway runs as read it (Kubernetes: fsGroup or runAsUser of the pod)");
        }
        catch (ArgumentException)
        {
            return Failed(AccessFaultCode.FileUnreadable, $"{string.Join(", ", paths)}: no path of a file", hint);
        }
        catch (IOException exception)
        {
            return Failed(AccessFaultCode.FileUnreadable, exception.Message, hint);
        }
    }

    private static FileReading Failed(string code, string message, string hint) => new(null, new AccessFault(code, message, hint));
}
