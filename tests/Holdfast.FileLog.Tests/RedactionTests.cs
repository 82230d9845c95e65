using Holdfast.Testing.Shared;

namespace Holdfast.FileLog.Tests;

/// <summary>What is redacted is in no byte of any file of the store.</summary>
public sealed class RedactionTests : FileLogTest
{
    [Fact]
    public async Task Redact_LeavesNoByteInAnyFile()
    {
        await using var store = new AgentStateStore(Open());
        await SecretThread.FillAsync(store);
        await store.Thread("t").ExtendAsync(TimeSpan.FromDays(9));
        SecretThread.FoundIn(Root).ShouldNotBeEmpty();

        await SecretThread.RedactAsync(store);

        SecretThread.FoundIn(Root).ShouldBeEmpty();
    }
}
