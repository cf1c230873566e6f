using System.Globalization;

namespace IssuerGateway.EndToEnd.Faults;

/// <summary>What a process uses at one moment, as /proc shows it.</summary>
internal sealed record ProcessUse(TimeSpan Processor, int Descriptors, long Resident, long Anonymous, long Peak)
{
    // sysconf(_SC_CLK_TCK) of every Linux that .NET runs on.
    private const int TicksPerSecond = 100;

    public static ProcessUse Of(int process)
    {
        // The name, in brackets, may hold blanks; what follows it are the fields from the third on.
        string stat = File.ReadAllText($"/proc/{process}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        long ticks = long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
        Dictionary<string, long> kibibytes = File.ReadLines($"/proc/{process}/status").Where(line => line.EndsWith(" kB", StringComparison.Ordinal))
            .Select(line => line.Split([':', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
            .ToDictionary(parts => parts[0], parts => long.Parse(parts[1], CultureInfo.InvariantCulture));
        return new ProcessUse(TimeSpan.FromSeconds((double)ticks / TicksPerSecond), Directory.GetFiles($"/proc/{process}/fd").Length,
            kibibytes["VmRSS"] << 10, kibibytes["RssAnon"] << 10, kibibytes["VmHWM"] << 10);
    }
}
