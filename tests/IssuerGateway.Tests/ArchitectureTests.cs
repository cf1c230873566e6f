using System.Reflection;
using System.Reflection.Emit;
using IssuerGateway.Ctl.Cluster.Distributions;

namespace IssuerGateway.Tests;

/// <summary>
/// Which folder of the gateway may use which other one; read from the compiled code, so no import can hide. Between the
/// projects the compiler enforces it. A subfolder counts under its own name.
/// </summary>
public sealed class ArchitectureTests
{
    private static readonly Assembly gateway = typeof(IssuerGateway.Cli.GatewaySettings).Assembly;

    /// <summary>A folder may use itself, its parents, Configuration, and what is listed here; Cli is the composition root.</summary>
    private static readonly Dictionary<string, string[]> mayUse = new()
    {
        ["Configuration"] = [],
        ["Http"] = [],
        ["Operations"] = ["Http"],
        ["Operations.Page"] = [],
        ["Cli.Page"] = ["Operations.Page", "Publishing", "Publishing.Reporting", "Cli.RunningGateway"],
        ["Upstream"] = [],
        ["Publishing"] = ["Upstream", "Publishing.Keys", "Publishing.State", "Publishing.Reporting"],
        ["Publishing.Keys"] = [],
        ["Publishing.State"] = ["Publishing.Keys"],
        ["Publishing.Reporting"] = ["Publishing.Keys"],
        ["Edge"] = ["Http", "Publishing", "Edge.Connections", "Edge.Limits", "Edge.Watchdog"],
        ["Edge.Connections"] = ["Edge.Limits"],
        ["Edge.Limits"] = [],
        ["Edge.Watchdog"] = [],
        ["Tls"] = ["Tls.Serving", "Tls.Serving.Challenges", "Tls.Sources", "Tls.Issuance", "Tls.Issuance.Leadership", "Tls.Issuance.Orders", "Tls.Issuance.Stores"],
        ["Tls.Serving"] = ["Tls.Serving.Challenges"],
        ["Tls.Serving.Challenges"] = [],
        ["Tls.Serving.OpenSsl"] = [],
        ["Tls.Sources"] = ["Tls.Serving", "Tls.Issuance.Stores"],
        ["Tls.Issuance"] = ["Tls.Serving", "Tls.Sources", "Tls.Issuance.Leadership", "Tls.Issuance.Orders", "Tls.Issuance.Stores"],
        ["Tls.Issuance.Leadership"] = ["Tls.Issuance.Stores"],
        ["Tls.Issuance.Orders"] = ["Tls.Serving", "Tls.Serving.Challenges", "Tls.Issuance.Stores"],
        ["Tls.Issuance.Stores"] = ["Tls.Serving", "Tls.Serving.Challenges"],
    };

    private static readonly string[] libraries = ["Base", "Issuers", "Acme", "Kubernetes", "Checking"];

    [Fact]
    public void Every_folder_uses_only_what_it_may() => Assert.Empty(Violations(gateway, mayUse));

    [Fact]
    public void Is_able_to_fail()
    {
        Dictionary<string, string[]> stricter = new(mayUse) { ["Edge"] = ["Edge.Watchdog"] };

        Assert.Contains(Violations(gateway, stricter), violation => violation.StartsWith("Edge uses Publishing: ", StringComparison.Ordinal));
    }

    [Fact]
    public void No_type_of_a_program_is_public() =>
        Assert.Empty(new[] { gateway, typeof(IssuerGateway.Ctl.CtlCommand).Assembly }
            .SelectMany(program => program.GetTypes())
            .Where(type => type.IsPublic && !IsCompilerMade(type))
            .Select(type => type.FullName));

    [Theory]
    [InlineData("Base")]
    [InlineData("Issuers", "Base")]
    [InlineData("Acme", "Base")]
    [InlineData("Transport")]
    [InlineData("Kubernetes", "Base")]
    [InlineData("Checking", "Base", "Issuers", "Kubernetes")]
    [InlineData("Ctl", "Base", "Checking", "Issuers", "Kubernetes")]
    [InlineData("Demo", "Base", "")]
    [InlineData("", "Acme", "Base", "Checking", "Issuers", "Kubernetes", "Transport")]
    public void A_project_references_only_what_it_may(string project, params string[] allowed)
    {
        string file = ProjectFile(project);

        Assert.Empty(References(file, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path)["IssuerGateway".Length..].TrimStart('.')).Except(allowed));
    }

    [Fact]
    public void No_library_builds_on_the_web_framework() =>
        Assert.DoesNotContain(libraries, library => File.Exists(ProjectFile(library)) && References(ProjectFile(library), "FrameworkReference").Any());

    [Fact]
    public void Only_tests_see_internals() =>
        Assert.DoesNotContain(
            Directory.EnumerateFiles(Path.Combine(Repository, "src"), "*.csproj", SearchOption.AllDirectories)
                .SelectMany(file => References(file, "InternalsVisibleTo").Select(friend => $"{Path.GetFileName(file)}: {friend}")),
            line => line.Split(": ")[1] is not ("IssuerGateway.Tests" or "IssuerGateway.EndToEnd" or "IssuerGateway.Fuzz" or "IssuerGateway.Microbenchmarks"));

    /// <summary>A folder holds at most 20 files, a file at most 250 lines: more is two things under one name.</summary>
    [Fact]
    public void No_folder_and_no_file_is_too_large()
    {
        string source = Path.Combine(Repository, "src");
        string[] files = [.. Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(source, file).Replace('\\', '/'))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))];

        Assert.NotEmpty(files);
        Assert.Empty(files.GroupBy(file => Path.GetDirectoryName(file)!).Where(folder => folder.Count() > 20).Select(folder => $"{folder.Key}: {folder.Count()} files"));
        Assert.Empty(files.Select(file => (file, Lines: File.ReadLines(Path.Combine(source, file)).Count())).Where(each => each.Lines > 250).Select(each => $"{each.file}: {each.Lines} lines"));
    }

    [Fact]
    public void A_file_is_named_after_a_type_in_it()
    {
        string source = Path.Combine(Repository, "src");
        string[] files = [.. Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(source, file).Replace('\\', '/'))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal) && Path.GetFileName(file) != "Program.cs")];

        Assert.NotEmpty(files);
        string[] misnamed = [.. files.Where(file => !System.Text.RegularExpressions.Regex.IsMatch(
            File.ReadAllText(Path.Combine(source, file)), $@"^(public|internal) .*(class|record|struct|interface|enum|delegate .*) {Path.GetFileNameWithoutExtension(file)}\b", System.Text.RegularExpressions.RegexOptions.Multiline))];
        Assert.Empty(misnamed);
    }

    [Fact]
    public void No_cloud_client_is_linked_into_the_gateway()
    {
        Assert.Contains("Yarp.ReverseProxy", Linked(""));
        Assert.Empty(((string[])["", "Transport", .. libraries]).SelectMany(CloudClients));

        // Able to fail: issuerctl has one.
        Assert.Contains("Azure.Identity", CloudClients("Ctl"));
    }

    /// <summary>CA1416 then keeps what only Linux has out of the libraries and of issuerctl.</summary>
    [Fact]
    public void Only_the_gateway_and_its_transport_are_for_Linux_alone()
    {
        Assembly[] linked = [.. Linking(gateway).Union(Linking(typeof(IssuerGateway.Ctl.CtlCommand).Assembly))];

        Assert.Equal(
            ["IssuerGateway.Transport", "issuer-gateway"],
            linked.Where(assembly => assembly.GetCustomAttributes<System.Runtime.Versioning.SupportedOSPlatformAttribute>().Any()).Select(assembly => assembly.GetName().Name).Order(StringComparer.Ordinal));
        Assert.Contains(linked, assembly => assembly.GetName().Name == "issuerctl");
    }

    private static IEnumerable<Assembly> Linking(Assembly program) => program.GetReferencedAssemblies()
        .Where(name => name.Name!.StartsWith("IssuerGateway", StringComparison.Ordinal))
        .Select(Assembly.Load)
        .Append(program);

    private static string[] Linked(string project) =>
    [
        .. System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(Path.Combine(Path.GetDirectoryName(ProjectFile(project))!, "packages.lock.json")))!["dependencies"]!.AsObject()
            .SelectMany(framework => framework.Value!.AsObject().Select(package => package.Key)),
    ];

    private static IEnumerable<string> CloudClients(string project) => Linked(project).Where(package =>
        ((string[])["Azure.", "Amazon", "AWSSDK", "Google.", "VaultSharp", "Microsoft.Graph", "Microsoft.Identity.Client"]).Any(cloud => package.StartsWith(cloud, StringComparison.OrdinalIgnoreCase)));

    private static string Repository { get; } = typeof(ArchitectureTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(entry => entry.Key == "RepositoryRoot").Value!;

    private static string ProjectFile(string project)
    {
        string name = project.Length == 0 ? "IssuerGateway" : $"IssuerGateway.{project}";
        return Path.Combine(Repository, "src", name, $"{name}.csproj");
    }

    private static IEnumerable<string> References(string file, string kind) =>
        System.Xml.Linq.XDocument.Load(file).Descendants(kind).Select(element => element.Attribute("Include")!.Value);

    private static IEnumerable<string> Violations(Assembly assembly, Dictionary<string, string[]> rules) =>
        (from type in assembly.GetTypes()
         where !IsCompilerMade(Outermost(type))
         let folder = FolderOf(type)
         from used in TypesUsedBy(type)
         where used.Assembly == assembly && !IsCompilerMade(Outermost(used))
         let usedFolder = FolderOf(used)
         where folder is not ("Cli" or "Cli.RunningGateway" or "") && usedFolder != folder && usedFolder != "Configuration"
         where !folder.StartsWith(usedFolder + ".", StringComparison.Ordinal) && !(rules.GetValueOrDefault(folder)?.Contains(usedFolder) ?? false)
         select $"{folder} uses {usedFolder}: {Outermost(type).FullName} uses {Outermost(used).FullName}").Distinct();

    private static string FolderOf(Type type) =>
        Outermost(type).Namespace is { } space && space.StartsWith("IssuerGateway.", StringComparison.Ordinal) ? space["IssuerGateway.".Length..] : "";

    private static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    // Generated by the compiler or by source generators outside our namespaces.
    private static bool IsCompilerMade(Type type) => type.Name.Contains('<') || (type.Namespace is not null && !type.Namespace.StartsWith("IssuerGateway", StringComparison.Ordinal));

    private static IEnumerable<Type> TypesUsedBy(Type type)
    {
        const BindingFlags all = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        IEnumerable<Type?> declared =
        [
            type.BaseType,
            .. type.GetInterfaces(),
            .. type.GetFields(all).Select(field => field.FieldType),
            .. type.GetMethods(all).SelectMany(method => method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType)),
            .. type.GetConstructors(all).SelectMany(constructor => constructor.GetParameters().Select(parameter => parameter.ParameterType)),
            .. type.GetMethods(all).Concat<MethodBase>(type.GetConstructors(all)).SelectMany(TypesInBody),
        ];
        return declared.OfType<Type>().SelectMany(Parts).Distinct();
    }

    private static IEnumerable<Type> Parts(Type type) =>
        type.HasElementType ? Parts(type.GetElementType()!)
        : type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type.GetGenericTypeDefinition())
        : [type];

    // Walks the instructions of a body for tokens of types, methods and fields.
    private static IEnumerable<Type?> TypesInBody(MethodBase method)
    {
        if (method.GetMethodBody() is not { } body)
        {
            yield break;
        }

        foreach (LocalVariableInfo local in body.LocalVariables)
        {
            yield return local.LocalType;
        }

        byte[] code = body.GetILAsByteArray()!;
        for (int i = 0; i < code.Length;)
        {
            OpCode instruction = code[i] == 0xFE ? wide[code[i + 1]] : narrow[code[i]];
            i += instruction.Size;
            if (instruction.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
            {
                MemberInfo? member = Resolve(method, BitConverter.ToInt32(code, i));
                yield return member as Type ?? member?.DeclaringType;
                if (member is MethodInfo { IsGenericMethod: true } generic)
                {
                    foreach (Type argument in generic.GetGenericArguments())
                    {
                        yield return argument;
                    }
                }
            }

            i += instruction.OperandType == OperandType.InlineSwitch ? 4 + (4 * BitConverter.ToInt32(code, i)) : SizeOf(instruction.OperandType);
        }
    }

    private static MemberInfo? Resolve(MethodBase method, int token)
    {
        try
        {
            return method.Module.ResolveMember(token, method.DeclaringType?.GetGenericArguments(), method.IsGenericMethod ? method.GetGenericArguments() : null);
        }
        catch (Exception e) when (e is ArgumentException or FileNotFoundException or TypeLoadException)
        {
            return null;
        }
    }

    private static int SizeOf(OperandType operand) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        _ => 4,
    };

    private static readonly Dictionary<byte, OpCode> narrow = OpCodesOf(size: 1);
    private static readonly Dictionary<byte, OpCode> wide = OpCodesOf(size: 2);

    private static Dictionary<byte, OpCode> OpCodesOf(int size) => typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .Where(code => code.Size == size)
        .ToDictionary(code => (byte)code.Value);
}
