using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;
using Xunit;

namespace Holdfast.Tests.Sessions;

// A session writes the texts of its messages into room that the next commit uses again.
public sealed class PendingMessagesTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task GetAsyncEnumerator_CommitsAndAddsInTheMidst_YieldsWhatWasThere()
    {
        var session = await _test.Store.OpenAsync("a");
        Add(session, 1, 2, 3);

        await using var messages = session.History.GetAsyncEnumerator();
        Assert.True(await messages.MoveNextAsync());
        await session.CommitAsync();
        Add(session, 4, 5, 6);
        await session.CommitAsync();
        Add(session, 7, 8, 9);
        List<string> read = [messages.Current.Text];
        while (await messages.MoveNextAsync())
        {
            read.Add(messages.Current.Text);
        }

        Assert.Equal([TextOf(1), TextOf(2), TextOf(3)], read);
    }

    [Fact]
    public async Task Add_MessageThatWasReadBeforeItsCommit_IsStoredAsItWas()
    {
        var session = await _test.Store.OpenAsync("a");
        Add(session, 1, 2);
        var read = await session.History.LastAsync(2);
        session.History.Clear();
        Add(session, 3);
        await session.CommitAsync();
        Add(session, 4, 5, 6);
        await session.CommitAsync();

        session.History.AddRange(read);
        await session.CommitAsync();

        Assert.Equal([TextOf(3), TextOf(4), TextOf(5), TextOf(6), TextOf(1), TextOf(2)], await TextsAsync(session));
        Assert.Equal(await TextsAsync(session), await TextsAsync(await _test.Store.OpenAsync("a")));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100_000)]
    public async Task LastAsync_SessionThatCommitsAgainAndAgain_ReadsWhatWasStored(int otherBytes)
    {
        var session = await _test.Store.OpenAsync("a");
        List<string> added = [];
        for (var i = 0; i < 100; i++)
        {
            // Besides what it writes itself, a session keeps what serializers wrote and what it has read.
            var text = TextOf(i);
            session.History.Add(new ChatMessage(i % 3 == 0 ? ChatRole.Tool : ChatRole.User, text) { AdditionalProperties = i % 3 == 0 ? new() { ["n"] = i } : null });
            session.History.Add(ChatRole.Assistant, text);
            session.Variables.Set("large", new string((char)('a' + (i % 26)), otherBytes));
            added.AddRange([text, text]);
            if (i % 7 > 0)
            {
                await session.CommitAsync();
            }
        }

        await session.CommitAsync();

        Assert.Equal(added, await TextsAsync(session));
        Assert.Equal(added, await TextsAsync(await _test.Store.OpenAsync("a")));
    }

    [Fact]
    public async Task CommitAsync_AfterAConflict_StoresWhatWasPendingOnce()
    {
        var session = await _test.Store.OpenAsync("a", new() { RebaseOnConflict = true });
        for (var i = 0; i < 20; i += 2)
        {
            var other = await _test.Store.OpenAsync("a");
            Add(session, i + 1);
            session.Variables.Set($"v{i}", i);
            Add(other, i);
            await other.CommitAsync();
            await session.CommitAsync();
        }

        Assert.Equal(Enumerable.Range(0, 20).Select(TextOf), await TextsAsync(session));
        Assert.Equal(10, (await _test.Store.OpenAsync("a")).Variables.Count);
    }

    // Of different lengths, so that a text that stands where another one was cannot be read for it.
    private static string TextOf(int number) => $"{number}: {new string((char)('a' + (number % 26)), 10 + (number * 37 % 400))}";

    private static void Add(ThreadSession session, params int[] numbers)
    {
        foreach (var number in numbers)
        {
            session.History.Add(ChatRole.User, TextOf(number));
        }
    }

    private static async Task<List<string>> TextsAsync(ThreadSession session)
    {
        var texts = new List<string>();
        await foreach (var message in session.History)
        {
            texts.Add(message.Text);
        }

        return texts;
    }
}
