using System.IO.Pipelines;

namespace IssuerGateway.Transport;

/// <summary>The two directions of a connection.</summary>
public sealed class DuplexPipe(PipeReader input, PipeWriter output) : IDuplexPipe
{
    public PipeReader Input => input;

    public PipeWriter Output => output;
}
