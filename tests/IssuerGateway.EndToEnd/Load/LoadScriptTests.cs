using System.Diagnostics;

namespace IssuerGateway.EndToEnd.Load;

/// <summary>The load tests themselves: well typed, well written, and clear about what they need.</summary>
public sealed class LoadScriptTests
{
    private static readonly string root = FindRoot();

    [Fact]
    public async Task K6_scripts_are_well_typed()
    {
        (int code, string output) = await RunAsync(Path.Combine(root, "tests", "tools", "typecheck-k6.sh"), []);

        Assert.Equal("", output);
        Assert.Equal(0, code);
    }

    [Fact]
    public async Task Type_check_is_able_to_fail()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("issuer-gateway-k6-");
        try
        {
            foreach (string file in Directory.GetFiles(Path.Combine(root, "loadtests", "k6")))
            {
                File.Copy(file, Path.Combine(directory.FullName, Path.GetFileName(file)));
            }

            await File.WriteAllTextAsync(Path.Combine(directory.FullName, "wrong.js"), "import http from 'k6/http';\nhttp.get(1);\n");

            (int code, string output) = await RunAsync(Path.Combine(root, "tests", "tools", "typecheck-k6.sh"), ["--project", Path.Combine(directory.FullName, "tsconfig.json")]);

            Assert.Contains("wrong.js(2,10): error TS2345", output, StringComparison.Ordinal);
            Assert.Equal(1, code);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Shell_scripts_pass_shellcheck()
    {
        (int code, string output) = await RunAsync("shellcheck", ["-x", "-P", root, "loadtests/run.sh", "loadtests/side-by-side.sh", "loadtests/growth.sh", "loadtests/profile.sh", "loadtests/schedule.sh", "loadtests/hub.sh", "tests/tools/typecheck-k6.sh"]);

        Assert.Equal("", output);
        Assert.Equal(0, code);
    }

    [Fact]
    public async Task An_unknown_scenario_gets_the_list()
    {
        (int code, string output) = await RunAsync("loadtests/run.sh", ["smok"]);

        Assert.Equal("usage: run.sh smoke|steady|spike|soak|herd|rotation|hostile [options of k6 run...]\n", output);
        Assert.Equal(2, code);
    }

    [Fact]
    public async Task Without_k6_nothing_is_run()
    {
        (int code, string output) = await RunAsync("loadtests/run.sh", ["smoke"], path: "/usr/bin:/bin");

        Assert.Equal("k6 is not on the PATH: install it from its maker, Grafana Labs; nothing was run\n", output);
        Assert.Equal(3, code);
    }

    [Fact]
    public async Task An_unknown_option_of_the_benchmark_gets_the_usage()
    {
        (int code, string output) = await RunAsync("loadtests/side-by-side.sh", ["--fast"]);

        Assert.Equal("usage: side-by-side.sh [--quick] [--rounds N] [--seconds S] [--json FILE]\n", output);
        Assert.Equal(2, code);
    }

    [Theory]
    [InlineData("--fast")]
    [InlineData("--issuers", "none")]
    [InlineData("--issuers")]
    public async Task An_unknown_option_of_the_hub_gets_the_usage(params string[] arguments)
    {
        (int code, string output) = await RunAsync("loadtests/hub.sh", arguments);

        Assert.Equal("usage: hub.sh [--quick] [--issuers N] [--seconds S]\n", output);
        Assert.Equal(2, code);
    }

    [Fact]
    public async Task A_duration_that_k6_would_not_take_is_rejected()
    {
        (int code, string output) = await RunAsync("loadtests/run.sh", ["rotation"], Played("exit 0"), ("DURATION", "soon"));

        Assert.Equal("DURATION: \"soon\" is not a duration of k6, such as 90s or 1m30s\n", output);
        Assert.Equal(2, code);
    }

    // A run that is shorter than three turns of the schedule: ended before its first rotation when those came every 12 s.
    [Fact]
    public async Task Rotations_come_at_thirds_of_however_short_a_duration()
    {
        const string visitor = """
            end=$((SECONDS + 9))
            while ((SECONDS < end)); do
              digest=$(curl -sk --http1.1 --resolve "$HOST_HEADER:${BASE_URL##*:}:127.0.0.1" -H "Host: $HOST_HEADER" "https://$HOST_HEADER:${BASE_URL##*:}/openid/v1/jwks" | sha256sum | cut -d' ' -f1)
              [[ $digest == "${last:-}" ]] || { IFS=, read -ra versions <<<"$VERSIONS"; for i in 0 1 2; do [[ ${versions[i]} != "$digest" ]] || echo "version $i"; done; }
              last=$digest
              sleep 0.1
            done
            """;

        (int code, string output) = await RunAsync("loadtests/run.sh", ["rotation"], Played(visitor), ("DURATION", "9s"));

        Assert.Equal("version 0\nversion 1\nversion 2\n", output);
        Assert.Equal(0, code);
    }

    /// <summary>A folder with a program of the name k6 in it.</summary>
    private static string Played(string script)
    {
        string folder = Directory.CreateTempSubdirectory("issuer-gateway-k6-").FullName;
        string program = Path.Combine(folder, "k6");
        File.WriteAllText(program, $"#!/usr/bin/env bash\n{script}\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return $"{folder}:{Environment.GetEnvironmentVariable("PATH")}";
    }

    /// <summary>Standard output and error together, as a person sees them.</summary>
    private static async Task<(int Code, string Output)> RunAsync(string command, IReadOnlyList<string> arguments, string? path = null, params IEnumerable<(string Name, string Value)> variables)
    {
        ProcessStartInfo start = new("/bin/bash", ["-c", "exec \"$@\" 2>&1", "bash", command, .. arguments])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = root,
        };
        if (path is not null)
        {
            start.Environment["PATH"] = path;
        }

        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output);
    }

    private static string FindRoot()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "IssuerGateway.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("the tests run from the repository");
    }
}
