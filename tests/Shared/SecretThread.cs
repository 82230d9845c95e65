using System.Text;
using Microsoft.Extensions.AI;

namespace Holdfast.Testing.Shared;

/// <summary>A thread and its fork with a secret in every place that can have one, which is then redacted; and the search for it in the bytes of files.</summary>
internal static class SecretThread
{
    public const string Secret = "secret-4711-qwxz";

    public static async Task FillAsync(AgentStateStore store)
    {
        await store.UpdateAsync("t", session =>
        {
            session.History.Add(ChatRole.User, $"card {Secret}");
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

        await store.Thread("t").ForkAsync("f");
    }

    public static async Task RedactAsync(AgentStateStore store)
    {
        await store.Thread("t").RedactAsync(new() { Pattern = Secret });
        foreach (var id in new[] { "t", "f" })
        {
            (await store.LoadAsync(id))!.Variables["card"].GetString().ShouldBe("[redacted]");
            (await store.Thread(id).VerifyAsync())!.Problems.ShouldBeEmpty();
        }
    }

    /// <summary>The files that have the secret.</summary>
    public static List<string> FoundIn(string directory, string pattern = "*") => [.. Directory.EnumerateFiles(directory, pattern, SearchOption.AllDirectories).Where(Has)];

    private static bool Has(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var copy = new MemoryStream();
            file.CopyTo(copy);
            return copy.GetBuffer().AsSpan(0, (int)copy.Length).IndexOf(Encoding.UTF8.GetBytes(Secret)) >= 0;
        }
        catch (FileNotFoundException)
        {
            // It was removed meanwhile.
            return false;
        }
    }
}
