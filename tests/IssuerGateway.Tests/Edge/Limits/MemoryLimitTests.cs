using IssuerGateway.Edge.Limits;

namespace IssuerGateway.Tests.Edge.Limits;

public sealed class MemoryLimitTests
{
    private const long MiB = 1 << 20;

    private static readonly (string, string) machine = ("/proc/meminfo", "MemTotal:       2097152 kB\nMemFree:         100000 kB\n");

    [Fact]
    public void Is_that_of_the_machine_without_control_groups() => Assert.Equal(2048 * MiB, Find(machine));

    [Fact]
    public void Is_unknown_where_the_system_states_nothing() => Assert.Null(Find());

    [Theory]
    [InlineData("268435456\n", "max\n", 256)]
    [InlineData("max\n", "max\n", 2048)]
    [InlineData("max\n", "134217728\n", 128)]
    [InlineData("268435456\n", "134217728\n", 128)]
    [InlineData("8589934592\n", "max\n", 2048)]
    public void Is_the_lower_limit_of_a_group_of_version_2(string max, string high, int expected) => Assert.Equal(expected * MiB, Find(machine,
        ("/proc/self/cgroup", "0::/system.slice/issuer-gateway.service\n"),
        ("/sys/fs/cgroup/system.slice/issuer-gateway.service/memory.max", max),
        ("/sys/fs/cgroup/system.slice/issuer-gateway.service/memory.high", high)));

    [Theory]
    [InlineData("0::/kubepods/pod1/container\n", "/sys/fs/cgroup/kubepods/pod1/memory.max")]
    [InlineData("0::/\n", "/sys/fs/cgroup/memory.max")]
    [InlineData("0::/../../host/path\n", "/sys/fs/cgroup/memory.max")]
    [InlineData("9:name=systemd:/\n4:cpu,memory:/docker/abc\n0::/\n", "/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes")]
    [InlineData("4:memory:/docker/abc\n", "/sys/fs/cgroup/memory/memory.limit_in_bytes")]
    public void Is_that_of_a_group_above_or_of_version_1(string groups, string file) =>
        Assert.Equal(256 * MiB, Find(machine, ("/proc/self/cgroup", groups), (file, "268435456\n")));

    [Fact]
    public void Takes_version_1s_largest_number_for_no_limit() =>
        Assert.Equal(2048 * MiB, Find(machine, ("/proc/self/cgroup", "4:memory:/\n"), ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n")));

    private static long? Find(params (string Path, string Content)[] files) =>
        MemoryLimit.Find(path => files.Where(file => file.Path == path).Select(file => file.Content).FirstOrDefault());
}
