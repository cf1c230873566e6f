using IssuerGateway.Base;
using IssuerGateway.Ctl;

return await CtlCommand.RunAsync(args, new ProgramEnvironment { Terminal = Terminal.OfProcess(program: null) });
