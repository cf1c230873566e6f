namespace IssuerGateway.Configuration;

/// <summary>Files that the system shows, or does not: in /proc, of control groups, of OpenSSL, of a pod.</summary>
internal static class SystemFile
{
    /// <summary>Null when it is missing or may not be read: ProcSubset=pid hides /proc/meminfo, and a container may hide control groups.</summary>
    public static string? ReadIfThere(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
