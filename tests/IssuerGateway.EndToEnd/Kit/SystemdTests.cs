using System.Globalization;
using System.Text.RegularExpressions;
using IssuerGateway.Base;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>manifests/systemd: the unit is one that systemd accepts, and hardened.</summary>
public sealed partial class SystemdTests
{
    private static readonly string folder = Path.Combine(KitFolder.Manifests, "systemd");

    [Fact]
    public void Systemd_accepts_the_unit_without_a_word()
    {
        // systemd-analyze wants ExecStart to exist; the unit names where the binary is installed, so here it gets another.
        string copy = Directory.CreateTempSubdirectory("kit-unit-").FullName;
        try
        {
            string unit = Path.Combine(copy, "issuer-gateway.service");
            File.WriteAllText(unit, File.ReadAllText(Path.Combine(folder, "issuer-gateway.service")).Replace("/usr/bin/issuer-gateway", "/bin/true", StringComparison.Ordinal).Replace(UnitOfThisMachine.NotifyReload, UnitOfThisMachine.Type, StringComparison.Ordinal));
            Command verify = Command.Run("systemd-analyze", "verify", unit);

            Assert.True(verify is { ExitCode: 0, Output: "", Error: "" }, verify.Transcript);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    [Fact]
    public void Systemd_accepts_the_unit_that_checks()
    {
        string copy = Directory.CreateTempSubdirectory("kit-unit-").FullName;
        try
        {
            string unit = Path.Combine(copy, "issuer-gateway-check.service");
            File.WriteAllText(unit, File.ReadAllText(Path.Combine(folder, "issuer-gateway-check.service")).Replace("/usr/bin/issuer-gateway", "/bin/true", StringComparison.Ordinal).Replace(UnitOfThisMachine.NotifyReload, UnitOfThisMachine.Type, StringComparison.Ordinal));
            Command verify = Command.Run("systemd-analyze", "verify", unit);

            Assert.True(verify is { ExitCode: 0, Output: "", Error: "" }, verify.Transcript);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    [Fact]
    public void The_exposure_of_the_unit_is_at_most_2()
    {
        Command security = Command.Run("systemd-analyze", "security", "--offline=true", "--no-pager", Path.Combine(folder, "issuer-gateway.service"));

        Match level = OverallLevel().Match(security.Output);
        Assert.True(level.Success, security.Transcript);
        Assert.True(decimal.Parse(level.Groups[1].Value, CultureInfo.InvariantCulture) <= 2.0m, level.Value);
    }

    [Theory]
    [InlineData("push.conf")]
    [InlineData("short-token.conf")]
    [InlineData("systemd-252.conf")]
    public void Systemd_accepts_the_unit_with_a_drop_in(string dropIn)
    {
        string copy = Directory.CreateTempSubdirectory("kit-unit-").FullName;
        try
        {
            string unit = Path.Combine(copy, "issuer-gateway.service");
            File.WriteAllText(unit, File.ReadAllText(Path.Combine(folder, "issuer-gateway.service")).Replace("/usr/bin/issuer-gateway", "/bin/true", StringComparison.Ordinal).Replace(UnitOfThisMachine.NotifyReload, UnitOfThisMachine.Type, StringComparison.Ordinal));
            Directory.CreateDirectory(unit + ".d");
            File.Copy(Path.Combine(folder, dropIn), Path.Combine(unit + ".d", dropIn));
            Command verify = Command.Run("systemd-analyze", "verify", unit);

            Assert.True(verify is { ExitCode: 0, Output: "", Error: "" }, verify.Transcript);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    [Theory]
    [InlineData("Type=notify-reload")]
    [InlineData("RuntimeDirectoryMode=0700")]
    [InlineData("AmbientCapabilities=CAP_NET_BIND_SERVICE")]
    [InlineData("CapabilityBoundingSet=CAP_NET_BIND_SERVICE")]
    [InlineData("LoadCredential=token:/etc/issuer-gateway/credentials/token")]
    [InlineData("LoadCredential=ca.crt:/etc/issuer-gateway/credentials/ca.crt")]
    [InlineData("User=issuer-gateway")]
    public void The_unit_says(string line) => Assert.Contains(line, File.ReadAllLines(Path.Combine(folder, "issuer-gateway.service")));

    [Fact]
    public void The_account_and_the_directories_are_made_in_an_empty_root()
    {
        string root = Directory.CreateTempSubdirectory("kit-root-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(root, "etc"));
            Command users = Command.Run("systemd-sysusers", $"--root={root}", Path.Combine(folder, "issuer-gateway.sysusers.conf"));
            Command files = Command.Run("systemd-tmpfiles", "--create", $"--root={root}", Path.Combine(folder, "issuer-gateway.tmpfiles.conf"));

            Assert.True(users.ExitCode == 0, users.Transcript);
            Assert.True(files.ExitCode == 0, files.Transcript);
            Assert.Contains("issuer-gateway:", File.ReadAllText(Path.Combine(root, "etc", "passwd")), StringComparison.Ordinal);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(root, "etc", "issuer-gateway", "credentials")));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(root, "var", "lib", "issuer-gateway")));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [GeneratedRegex(@"Overall exposure level for issuer-gateway\.service: ([0-9.]+)")]
    private static partial Regex OverallLevel();
}
