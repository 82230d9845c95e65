using System.Text;

namespace Holdfast.Sqlite.Tests;

/// <summary>What is redacted is in no byte of the database and its write-ahead log, while the file is open still.</summary>
public sealed class RedactionTests : SqliteLogTest
{
    private const string Secret = "secret-4711";

    [Fact]
    public async Task Redact_LeavesNoByte()
    {
        await using var log = await OpenAsync();
        {
            await using var store = new AgentStateStore(log);
            var thread = store.Thread("t");
            await store.UpdateAsync("t", session =>
            {
                session.History.Add(new(Microsoft.Extensions.AI.ChatRole.User, $"card {Secret}"));
                session.Variables.Set("card", Secret);
                session.Metadata.Set("note", Secret);
                session.Metadata.Set("kept", 1);
            });
            for (var i = 0; i < 5; i++)
            {
                var session = await store.OpenAsync("t");
                session.Variables.Set("i", i);
                await session.CommitAsync(i == 2 ? Secret : "step");
            }

            await store.Thread("t").ExtendAsync(TimeSpan.FromDays(9));
            await store.Thread("t").ForkAsync("f");
            (await SearchAsync()).ShouldNotBeEmpty();

            await thread.RedactAsync(new() { Pattern = Secret });

            (await thread.VerifyAsync())!.Problems.ShouldBeEmpty();
            (await store.Thread("f").VerifyAsync())!.Problems.ShouldBeEmpty();
            (await store.LoadAsync("t"))!.Variables["card"].GetString().ShouldBe("[redacted]");
        }

        (await SearchAsync()).ShouldBeEmpty();
    }

    private async Task<List<string>> SearchAsync()
    {
        var found = new List<string>();
        foreach (var path in Directory.EnumerateFiles(Path.GetDirectoryName(DatabasePath)!, Path.GetFileName(DatabasePath) + "*"))
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var copy = new MemoryStream();
            await file.CopyToAsync(copy);
            if (copy.ToArray().AsSpan().IndexOf(Encoding.UTF8.GetBytes(Secret)) >= 0)
            {
                found.Add(path);
            }
        }

        return found;
    }
}
