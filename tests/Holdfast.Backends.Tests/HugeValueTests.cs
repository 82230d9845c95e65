using Holdfast.Logs;
using Microsoft.Extensions.AI;

namespace Holdfast.Backends.Tests;

/// <summary>Values just below and above the largest commit, on every backend.</summary>
public sealed class HugeValueTests
{
    private const int Mebibyte = 1024 * 1024;

    // Nothing that could be compressed, or said in fewer bytes.
    private static readonly string Letters = string.Create(16 * Mebibyte, new Random(16), (text, random) =>
    {
        foreach (ref var letter in text)
        {
            letter = (char)random.Next('a', 'z' + 1);
        }
    });

    public static TheoryData<Backend> Backends => [.. Enum.GetValues<Backend>().Select(backend => new TheoryDataRow<Backend>(backend))];

    [Theory, MemberData(nameof(Backends))]
    public async Task AMessageAsLargeAsACommitMayBe_IsStoredForkedMovedAndRedacted_AndALargerOneIsRefused(Backend backend)
    {
        await using var store = new AgentStateStore(await Servers.NewLogAsync(backend));
        var text = Letters[4096..];
        await store.UpdateAsync("a", session => session.History.Add(new ChatMessage(ChatRole.User, text) { MessageId = "huge" }));
        var session = await store.OpenAsync("a");
        session.History.Add(ChatRole.User, Letters);

        await Should.ThrowAsync<StateTooLargeException>(async () => await session.CommitAsync());
        await store.UpdateAsync("a", other => other.History.Add(ChatRole.User, "small"));

        (await HasAsync(store, "a", text, "small")).ShouldBeTrue();
        await store.Thread("a").ForkAsync("f");
        (await HasAsync(store, "f", text, "small")).ShouldBeTrue();
        using var bundle = new MemoryStream();
        (await store.ExportAsync(bundle)).IsComplete.ShouldBeTrue();
        bundle.Position = 0;
        await using var other = new AgentStateStore(new InMemoryCommitLog());
        (await other.ImportAsync(bundle)).IsComplete.ShouldBeTrue();
        (await HasAsync(other, "f", text, "small")).ShouldBeTrue();
        await store.Thread("a").RedactAsync(new() { MessageIds = ["huge"] });
        (await HasAsync(store, "f", "[redacted]", "small")).ShouldBeTrue();
        (await store.Thread("a").VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    /// <summary>The state and a commit, each almost as large as a commit may be, do not fit into one body.</summary>
    [Theory, MemberData(nameof(Backends))]
    public async Task AStateAsLargeAsACommitMayBe_IsNeverInTheWayOfAnother(Backend backend)
    {
        await using var store = new AgentStateStore(await Servers.NewLogAsync(backend));
        var text = Letters[Mebibyte..];
        await store.UpdateAsync("a", session => session.Variables.Set("large", text));
        await store.UpdateAsync("a", session => session.History.Add(ChatRole.User, text));
        await store.UpdateAsync("a", session => session.Variables.Set("large", text + "!"));

        var loaded = (await store.LoadAsync("a"))!;
        (loaded.Version, loaded.Variables["large"].GetString() == text + "!", loaded.Messages.Single().Text == text).ShouldBe((3, true, true));
        (await store.Thread("a").VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    // A comparison of the texts themselves would tell all of them.
    private static async Task<bool> HasAsync(AgentStateStore store, ThreadId id, params IEnumerable<string> texts)
        => (await store.LoadAsync(id))!.Messages.Select(message => message.Text).SequenceEqual(texts);
}
