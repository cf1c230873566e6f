using IssuerGateway.Base;

namespace IssuerGateway.Kubernetes;

/// <summary>Files of one generation, or the fault that an operator can act on; reading never throws.</summary>
public sealed record FileReading(FileSet? Files, AccessFault? Fault)
{
    public static FileReading Read(int maxBytes, string hint, params IReadOnlyList<string> paths)
    {
        try
        {
            return new FileReading(RegularFile.Read(maxBytes, paths), null);
        }
        catch (FileNotFoundException exception)
        {
            return Failed(AccessFaultCode.FileMissing, $"{exception.FileName}: no such file", hint);
        }
        catch (FileTooLargeException exception)
        {
            return Failed(AccessFaultCode.FileOversize, exception.Message, hint);
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
