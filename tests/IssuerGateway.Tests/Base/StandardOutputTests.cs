using System.CommandLine;
using IssuerGateway.Base;
using IssuerGateway.Checking;

namespace IssuerGateway.Tests.Base;

public sealed class StandardOutputTests
{
    [Theory]
    [InlineData(false, "No space left on device")]
    [InlineData(true, "it is closed")]
    public async Task Output_that_cannot_be_written_is_named_and_no_bug(bool isClosed, string said)
    {
        using Failing failing = new(isClosed ? new UnauthorizedAccessException("Access to the path is denied.") : new IOException("No space left on device"));
        using StreamWriter output = new(new StandardOutput(failing)) { AutoFlush = true };
        StringWriter error = new();
        RootCommand root = new("test");
        Terminal terminal = new(output, error);
        root.SetAction(_ => terminal.Print("result"));

        Assert.Equal(ExitCode.CouldNotRun, await CommandLineRunner.RunAsync(root, "issuer-gateway", [], terminal));
        Assert.Equal($"issuer-gateway: error: standard output cannot be written: {said}\nissuer-gateway: hint: send the output to a terminal, a pipe, or a file on a disk with free space\n", error.ToString());
    }

    private sealed class Failing(Exception fault) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw fault;
    }
}
