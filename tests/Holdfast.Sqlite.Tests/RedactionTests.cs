using Holdfast.Testing.Shared;

namespace Holdfast.Sqlite.Tests;

/// <summary>What is redacted is in no byte of the database and its write-ahead log, while the file is open still.</summary>
public sealed class RedactionTests : SqliteLogTest
{
    [Fact]
    public async Task Redact_LeavesNoByte()
    {
        await using var store = new AgentStateStore(await OpenAsync());
        await SecretThread.FillAsync(store);
        await store.Thread("t").ExtendAsync(TimeSpan.FromDays(9));
        Found().ShouldNotBeEmpty();

        await SecretThread.RedactAsync(store);

        Found().ShouldBeEmpty();
    }

    private List<string> Found() => SecretThread.FoundIn(Path.GetDirectoryName(DatabasePath)!, Path.GetFileName(DatabasePath) + "*");
}
