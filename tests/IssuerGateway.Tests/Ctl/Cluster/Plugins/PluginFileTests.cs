using IssuerGateway.Base;
using IssuerGateway.Ctl;
using IssuerGateway.Ctl.Cluster.Commands;
using IssuerGateway.Kubernetes.Kubeconfigs;
using k8s.KubeConfigModels;

namespace IssuerGateway.Tests.Ctl.Cluster.Plugins;

/// <summary>A plugin is the file that kubectl would run: a bare name is on PATH, and never in the current folder or beside issuerctl.</summary>
public sealed class PluginFileTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public void Finds_a_bare_name_in_the_first_folder_of_PATH_that_has_the_program()
    {
        Directory.CreateDirectory(directory.File("a/login"));
        Write("b/login", isExecutable: false);
        string program = Write("c/login");
        Write("d/login");

        Assert.Equal((program, null), PluginFile.Find("login", string.Join(':', ((string[])["none", "a", "b", "c", "d"]).Select(directory.File))));
    }

    /// <summary>As kubectl: whoever may run it. A file that only its group or others may run is a program too.</summary>
    [Theory]
    [InlineData(UnixFileMode.UserExecute, true)]
    [InlineData(UnixFileMode.GroupExecute, true)]
    [InlineData(UnixFileMode.OtherExecute, true)]
    [InlineData(UnixFileMode.None, false)]
    public void Takes_a_file_that_anybody_may_run(UnixFileMode mode, bool isProgram)
    {
        string file = Write("a/login", isExecutable: false);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | mode);

        Assert.Equal(isProgram ? (file, null) : (null, "not found on PATH"), PluginFile.Find("login", directory.File("a")));
    }

    /// <summary>The relative entry leads from the current folder to a program of that name.</summary>
    [Fact]
    public void Takes_nothing_from_the_current_folder()
    {
        string folder = Path.GetDirectoryName(Write("a/login"))!;
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, folder);

        Assert.True(File.Exists(Path.Combine(relative, "login")));
        Assert.All<string?>([null, "", ":", ".", relative, $"{relative}::."], path => Assert.Equal((null, "not found on PATH"), PluginFile.Find("login", path)));
    }

    [Fact]
    public void Takes_a_path_as_it_is()
    {
        string program = Write("a/login");

        Assert.Equal((program, null), PluginFile.Find(program, directory.File("b")));
        Assert.Equal((null, "it is a folder"), PluginFile.Find(Path.GetDirectoryName(program)!, null));
    }

    /// <summary>Process.Start by itself runs the file beside the running program: here the program of the tests.</summary>
    [Fact]
    public void Runs_nothing_that_lies_beside_its_own_program()
    {
        string beside = Path.GetFileName(Environment.ProcessPath!);

        Run(new ExternalExecution { ApiVersion = "client.authentication.k8s.io/v1", Command = beside, Arguments = ["-?"] }, out PluginFault? fault);

        Assert.Equal(new PluginFault("it could not be started: not found on PATH", "install the plugin, or give its path as command of exec"), fault);
    }

    [Fact]
    public void Names_a_folder()
    {
        Run(new ExternalExecution { ApiVersion = "client.authentication.k8s.io/v1", Command = Path.GetDirectoryName(Write("a/login"))! }, out PluginFault? fault);

        Assert.Equal(new PluginFault("it could not be started: it is a folder", "install the plugin, or give its path as command of exec"), fault);
    }

    private static void Run(ExternalExecution plugin, out PluginFault? fault) =>
        new CredentialPlugin(new ProgramEnvironment { Terminal = new Terminal(TextWriter.Null, TextWriter.Null, program: null), Variable = _ => null }).Run(plugin, out fault);

    private string Write(string name, bool isExecutable = true)
    {
        string file = directory.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, "#!/bin/sh\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | (isExecutable ? UnixFileMode.UserExecute : 0));
        return file;
    }
}
