using System.Runtime.InteropServices;
using System.Text;
using IssuerGateway.EndToEnd.Kit;

namespace IssuerGateway.EndToEnd.Security;

/// <summary>What is linked into the program that faces the internet, read from its native binary.</summary>
public sealed class NativeBinaryTests
{
    private const int LargestSize = 23_000_000;

    private static readonly byte[] binary = File.ReadAllBytes(GatewayBinary.Path);

    /// <summary>The aim of docs/contributing/architecture.md, "Sizes"; other architectures have larger instructions.</summary>
    [Fact]
    public void It_is_as_small_as_stated() =>
        Assert.True(RuntimeInformation.OSArchitecture != Architecture.X64 || binary.Length <= LargestSize, $"{binary.Length} bytes");

    [Theory]
    [InlineData("XmlTextReaderImpl")]
    [InlineData("XmlKeyManager")]
    [InlineData("ClientSecretCredential")]
    [InlineData("SymbolicRegexMatcher")]
    public void It_has_no_code_that_nothing_needs(string type) => Assert.Equal(-1, binary.AsSpan().IndexOf(Encoding.UTF8.GetBytes(type)));

    [Theory]
    [InlineData("DefaultHttpContext")]
    [InlineData("YarpContainer")]
    public void Names_of_types_are_in_it(string type) => Assert.NotEqual(-1, binary.AsSpan().IndexOf(Encoding.UTF8.GetBytes(type)));
}
