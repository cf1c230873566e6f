using IssuerGateway.Entra;
using IssuerGateway.Entra.Commands;

return await EntraProgram.RunAsync(args, new Surroundings
{
    Output = Terminal.Out,
    Error = Terminal.Error,
    Input = Terminal.In,
    IsInteractive = Terminal.IsInteractive,
});
