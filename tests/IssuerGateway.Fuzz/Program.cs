using IssuerGateway.Fuzz;

// Nothing of the gateway may run before the fuzzer has set up the memory in which instrumented code counts.
// TARGET: under AFL++, one input after the other. TARGET FILE...: those inputs once, to look at what was found.
if (args.Length == 0 || FuzzTarget.All.FirstOrDefault(each => each.Name == args[0]) is not { } target)
{
    throw new ArgumentException($"expected a target: {string.Join(", ", FuzzTarget.All.Select(each => each.Name))}");
}

if (args.Length == 1)
{
    SharpFuzz.Fuzzer.OutOfProcess.Run(stream =>
    {
        using MemoryStream input = new();
        stream.CopyTo(input);
        target.Run(input.ToArray());
    });
}

foreach (string file in args.Skip(1))
{
    target.Run(File.ReadAllBytes(file));
}
