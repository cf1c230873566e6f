using System.Text;
using IssuerGateway.Operations;

namespace IssuerGateway.Cli;

/// <summary>
/// Standard error for a process that must end and go on serving whatever its standard error does: a line is waited for, so
/// that it stands in order with the output, but all lines together for no longer than <see cref="LineQueue.CloseTimeout"/>.
/// </summary>
internal sealed class BoundedErrorWriter : TextWriter
{
    private readonly LineLane lane = new(64 * 1024, _ => { }, _ => "");
    private readonly LineQueue queue;
    private volatile bool isStuck;

    public BoundedErrorWriter(Stream stream) => queue = new LineQueue(stream, [lane], TimeProvider.System);

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => Write(value.ToString());

    public override void Write(string? value)
    {
        if (value is not null && queue.TryWrite(lane, value) && !isStuck)
        {
            isStuck = !queue.Flush(LineQueue.CloseTimeout);
        }
    }

    public override void WriteLine(string? value) => Write(value + "\n");

    protected override void Dispose(bool disposing)
    {
        queue.Dispose();
        base.Dispose(disposing);
    }
}
