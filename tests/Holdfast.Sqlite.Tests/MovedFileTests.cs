using Holdfast.Logs;
using Holdfast.Sqlite.Connecting;
using SQLitePCL;

namespace Holdfast.Sqlite.Tests;

/// <summary>The files of a log are removed, renamed or replaced while it has them open.</summary>
public sealed class MovedFileTests : SqliteLogTest
{
    public MovedFileTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "There, files that are open cannot be removed.");

    private string Folder => Path.GetDirectoryName(DatabasePath)!;

    private string Elsewhere => Folder + "-elsewhere";

    private string OtherFile => DatabasePath + ".other";

    public static TheoryData<string, string> Harms => new()
    {
        { "rm", "is gone" },
        { "rm all", "is gone" },
        { "mv", "is gone" },
        { "mv all", "is gone" },
        { "replace", "replaced" },
        { "replace by a copy", "replaced" },
        { "rmdir", "is gone" },
        { "mvdir", "is gone" },
        { "rm -wal", "is gone" },
        { "replace -wal", "replaced" },
        { "rm -shm", "is gone" },
    };

    [Theory]
    [MemberData(nameof(Harms))]
    public async Task Calls_AfterAHarm_ReportItAndAcknowledgeNothing(string harm, string expected)
    {
        await using (var other = await SqliteCommitLog.OpenAsync(OtherFile))
        {
            await Thread("other").AppendManyAsync(other, 2);
        }

        await using (var log = await OpenAsync())
        {
            var thread = Thread("a");
            await thread.AppendManyAsync(log, 3);
            await log.ReadTailAsync(thread.Key);

            Do(harm);

            for (var attempt = 0; attempt < 2; attempt++)
            {
                var append = await Should.ThrowAsync<StoreUnavailableException>(async () => await log.AppendAsync(thread.Next()));
                append.OutcomeUnknown.ShouldBeFalse();
                append.Message.ShouldContain(DatabasePath);
                append.Message.ShouldContain(expected);
                await Should.ThrowAsync<StoreUnavailableException>(async () => await log.AppendAsync(Thread("new").Next()));
                await Should.ThrowAsync<StoreUnavailableException>(async () => await log.EraseAsync(thread.Key));
                await Should.ThrowAsync<StoreUnavailableException>(async () => await log.GetHeadAsync(thread.Key));
                await Should.ThrowAsync<StoreUnavailableException>(async () => await log.ReadTailAsync(thread.Key));
                await Should.ThrowAsync<StoreUnavailableException>(async () => await log.ReadAsync(thread.Key).CountAsync());
                await Should.ThrowAsync<StoreUnavailableException>(async () => await log.ListAsync(new() { Space = ThreadSpace.Threads, AsOf = default }));
            }
        }

    }

    [Theory]
    [InlineData("mv")]
    [InlineData("mv all")]
    [InlineData("mvdir")]
    public async Task Calls_OnceTheFileIsBack_GoOnWithNothingLost(string harm)
    {
        await using var log = await OpenAsync();
        var thread = Thread("a");
        await thread.AppendManyAsync(log, 3);
        Do(harm);
        await Should.ThrowAsync<StoreUnavailableException>(async () => await log.AppendAsync(thread.Next()));

        Undo(harm);

        await thread.AppendAsync(log);
        (await log.ReadTailAsync(thread.Key))!.Entries.Count.ShouldBe(4);
    }

    [Theory]
    [InlineData("rm -wal")]
    [InlineData("rm -shm")]
    public async Task Dispose_AfterTheLogOfTheFileWasRemoved_BringsTheCommitsIntoTheFile(string harm)
    {
        var thread = Thread("a");
        await using (var log = await OpenAsync())
        {
            await thread.AppendManyAsync(log, 3);
            Do(harm);
            await Should.ThrowAsync<StoreUnavailableException>(async () => await log.AppendAsync(thread.Next()));
        }

        await using var again = await OpenAsync();
        (await again.ReadTailAsync(thread.Key))!.Entries.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Append_WhoseFileIsMovedWhileItIsCommitted_IsNotAcknowledged()
    {
        var moves = false;
        await using var log = await SqliteCommitLog.OpenAsync(new SqliteLogOptions
        {
            DataSource = DatabasePath,
            Opened = connection => raw.sqlite3_commit_hook(connection.Handle, _ => Move(moves), null),
        });
        var thread = Thread("a");
        await thread.AppendManyAsync(log, 2);
        var request = thread.Next();
        moves = true;

        var error = await Should.ThrowAsync<StoreUnavailableException>(async () => await log.AppendAsync(request));

        error.OutcomeUnknown.ShouldBeTrue();
        moves = false;
        Undo("mv");
        (await log.AppendAsync(request)).ShouldBe(AppendResult.Duplicate(3));

        int Move(bool now)
        {
            if (now)
            {
                Do("mv");
            }

            return 0;
        }
    }

    [Fact]
    public async Task Calls_ThroughASymbolicLink_AreNotTakenForMoved()
    {
        var link = Path.Combine(Folder, "link.db");
        File.CreateSymbolicLink(link, DatabasePath);
        await using var log = await SqliteCommitLog.OpenAsync(link);
        var thread = Thread("a");
        await thread.AppendManyAsync(log, 2);

        File.Delete(link);
        File.CreateSymbolicLink(link, OtherFile);
        await Should.ThrowAsync<StoreUnavailableException>(async () => await log.AppendAsync(thread.Next()));

        File.Delete(link);
        File.CreateSymbolicLink(link, DatabasePath);
        await thread.AppendAsync(log);
    }

    private void Do(string harm)
    {
        switch (harm)
        {
            case "rm":
                File.Delete(DatabasePath);
                break;
            case "rm all":
                Array.ForEach(Files(), File.Delete);
                break;
            case "mv":
                File.Move(DatabasePath, DatabasePath + ".moved");
                break;
            case "mv all":
                Array.ForEach(Files(), file => File.Move(file, file + ".moved"));
                break;
            case "replace":
                File.Move(OtherFile, DatabasePath, overwrite: true);
                break;
            case "replace by a copy":
                File.Copy(DatabasePath, DatabasePath + ".copy");
                File.Move(DatabasePath + ".copy", DatabasePath, overwrite: true);
                break;
            case "rmdir":
                Directory.Delete(Folder, recursive: true);
                Directory.CreateDirectory(Folder);
                break;
            case "mvdir":
                Directory.Move(Folder, Elsewhere);
                Directory.CreateDirectory(Folder);
                break;
            case "replace -wal":
                File.Copy(DatabasePath + "-wal", DatabasePath + ".copy");
                File.Move(DatabasePath + ".copy", DatabasePath + "-wal", overwrite: true);
                break;
            default:
                File.Delete(DatabasePath + harm.Split(' ')[1]);
                break;
        }
    }

    private void Undo(string harm)
    {
        if (harm == "mvdir")
        {
            Directory.Delete(Folder);
            Directory.Move(Elsewhere, Folder);
            return;
        }

        foreach (var file in Directory.GetFiles(Folder, "*.moved"))
        {
            File.Move(file, file[..^".moved".Length]);
        }
    }

    private string[] Files() => [DatabasePath, DatabasePath + "-wal", DatabasePath + "-shm"];

    protected override void Clean()
    {
        if (Directory.Exists(Elsewhere))
        {
            Directory.Delete(Elsewhere, recursive: true);
        }
    }
}
