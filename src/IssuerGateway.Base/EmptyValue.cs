namespace IssuerGateway.Base;

/// <summary>What is said of an option whose value is empty, which is what a shell makes of a variable that is not set.</summary>
public static class EmptyValue
{
    public const string Message = "the value is empty";
    public const string Hint = "is a variable of the shell not set?";

    public static bool Is(string value) => string.IsNullOrWhiteSpace(value);
}
