using System.Reflection;
using System.Runtime.CompilerServices;

namespace Holdfast.Tests.Errors;

public sealed class ErrorDocumentationTests
{
    [Fact]
    public void EveryCodeAndItsException_AreDocumented()
    {
        var rows = File.ReadAllLines(DocumentPath()).Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('|', StringSplitOptions.TrimEntries)).ToList();
        var codes = typeof(ErrorCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => $"`{field.GetRawConstantValue()}`");
        var exceptions = typeof(AgentStateException).Assembly.GetExportedTypes()
            .Where(type => type.IsSubclassOf(typeof(AgentStateException)))
            .Select(type => $"`{type.Name}`");

        rows.Select(row => row[1]).ShouldBe(codes, ignoreOrder: true);
        rows.Select(row => row[2]).ShouldBe(exceptions, ignoreOrder: true);
        rows.ShouldAllBe(row => row[3].Length > 0 && row[4].Length > 0);
    }

    [Theory]
    [InlineData(typeof(ThreadNotFoundException), ErrorCodes.ThreadNotFound)]
    [InlineData(typeof(CommitConflictException), ErrorCodes.CommitConflict)]
    [InlineData(typeof(StoreUnavailableException), ErrorCodes.StoreUnavailable)]
    public void AnException_HasTheCodeOfItsRow(Type type, string code)
    {
        var row = File.ReadAllLines(DocumentPath()).Single(line => line.Contains($"| `{type.Name}` |", StringComparison.Ordinal));

        row.ShouldStartWith($"| `{code}` |");
    }

    private static string DocumentPath([CallerFilePath] string file = "")
        => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "..", "docs", "errors.md"));
}
