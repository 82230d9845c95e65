using Holdfast.Logs;

namespace Holdfast.Sqlite.Tests;

public sealed class DiskFullTests : SqliteLogTest
{
    [Theory]
    [InlineData(SqliteDurability.Full)]
    [InlineData(SqliteDurability.Normal)]
    public async Task Appends_ToAFullDisk_WriteNothingAndSaySo(SqliteDurability durability)
    {
        using var disk = SmallDisk.Mount(DatabasePath + ".disk");
        var path = Path.Combine(disk.Path, "log.db");
        await using var log = await SqliteCommitLog.OpenAsync(new SqliteLogOptions { DataSource = path, Durability = durability });
        var thread = Thread("a");
        await thread.AppendManyAsync(log, 3);
        var failures = 0;
        foreach (var (free, size) in new[] { (60_000, 3_000), (0, 100), (20_000, 100_000), (0, 3_000) })
        {
            disk.Fill(free);
            while (true)
            {
                var request = thread.Next(new() { Body = new byte[size] });
                try
                {
                    await log.AppendAsync(request);
                    thread.Accept(request);
                }
                catch (StoreUnavailableException e)
                {
                    e.OutcomeUnknown.ShouldBeFalse(e.Message);
                    e.Message.ShouldContain("Nothing was written");
                    failures++;
                    (await log.GetHeadAsync(thread.Key))!.Version.ShouldBe(thread.Version);
                    await using var other = await SqliteCommitLog.OpenAsync(path);
                    (await other.GetHeadAsync(thread.Key))!.Version.ShouldBe(thread.Version);
                    break;
                }
            }

            disk.Empty();
            await thread.AppendAsync(log);
        }

        failures.ShouldBe(4);
        (await log.ReadAsync(thread.Key).Select(entry => entry.CommitId).ToListAsync()).ShouldBe(thread.Entries.Select(entry => entry.CommitId));
    }

    [Fact]
    public async Task Open_OnAFullDisk_SaysSo()
    {
        using var disk = SmallDisk.Mount(DatabasePath + ".disk");
        disk.Fill();

        (await Should.ThrowAsync<StoreUnavailableException>(() => SqliteCommitLog.OpenAsync(Path.Combine(disk.Path, "log.db")))).Message.ShouldContain("room");
    }
}
