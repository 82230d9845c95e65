using Holdfast.Logs;

namespace Holdfast.Sqlite.Tests;

public sealed class SchemaTests : SqliteLogTest
{
    [Fact]
    public async Task Open_AFileOfANewerHoldfast_IsRefusedAndLeavesItAlone()
    {
        await (await OpenAsync()).DisposeAsync();
        SetVersion(99);
        var before = await File.ReadAllBytesAsync(DatabasePath);

        var error = await Should.ThrowAsync<UnknownFormatException>(() => OpenAsync());

        error.Found.ShouldBe(99);
        error.Known.ShouldBe(1);
        error.Message.ShouldContain(DatabasePath);
        (await File.ReadAllBytesAsync(DatabasePath)).ShouldBe(before);
    }

    [Fact]
    public async Task Open_AFileOfAnotherApplication_IsRefusedAndLeavesItAlone()
    {
        using (var raw = OpenRaw())
        {
            raw.Execute("CREATE TABLE theirs (x)");
        }

        var before = await File.ReadAllBytesAsync(DatabasePath);

        var error = await Should.ThrowAsync<StateConfigurationException>(() => OpenAsync());

        error.Message.ShouldContain("another application");
        (await File.ReadAllBytesAsync(DatabasePath)).ShouldBe(before);
    }

    [Fact]
    public async Task Open_AFileThatIsNoDatabase_IsReportedAndLeavesItAlone()
    {
        var before = new string('x', 5000);
        await File.WriteAllTextAsync(DatabasePath, before);

        var error = await Should.ThrowAsync<CorruptStateException>(() => OpenAsync());

        error.Message.ShouldContain(DatabasePath);
        (await File.ReadAllTextAsync(DatabasePath)).ShouldBe(before);
    }

    [Fact]
    public async Task Open_Asserting_AFileThatIsNotThere_IsRefusedAndMakesNone()
    {
        await Should.ThrowAsync<StateConfigurationException>(() => OpenAsync(SqliteSchemaMode.Assert));

        File.Exists(DatabasePath).ShouldBeFalse();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Open_Asserting_AFileWithoutTheCurrentSchema_SaysHowToGetIt(bool outdated)
    {
        if (outdated)
        {
            await (await OpenAsync()).DisposeAsync();
            SetVersion(0);
        }
        else
        {
            await File.WriteAllBytesAsync(DatabasePath, []);
        }

        var error = await Should.ThrowAsync<StateConfigurationException>(() => OpenAsync(SqliteSchemaMode.Assert));

        error.Message.ShouldContain("Apply");
    }

    [Fact]
    public async Task Open_Asserting_AFileWithTheCurrentSchema_Works()
    {
        await (await OpenAsync()).DisposeAsync();

        await using var log = await OpenAsync(SqliteSchemaMode.Assert);

        await Thread("a").AppendAsync(log);
    }

    [Fact]
    public async Task FirstCall_AfterAFailureToOpen_TriesAgain()
    {
        await File.WriteAllTextAsync(DatabasePath, new string('x', 5000));
        await using var log = new SqliteCommitLog(new() { DataSource = DatabasePath });
        await Should.ThrowAsync<CorruptStateException>(async () => await log.GetHeadAsync(ThreadKey.Of("a")));

        File.Delete(DatabasePath);

        (await log.GetHeadAsync(ThreadKey.Of("a"))).ShouldBeNull();
    }

    [Fact]
    public async Task Constructor_OpensNothing()
    {
        await using (var log = new SqliteCommitLog(new() { DataSource = DatabasePath }))
        {
            log.Capabilities.ShouldBe(LogCapabilities.Durable | LogCapabilities.MultiProcess);
        }

        File.Exists(DatabasePath).ShouldBeFalse();
    }

    [Fact]
    public async Task Dispose_LeavesOneFile()
    {
        await using (var log = await OpenAsync())
        {
            await Thread("a").AppendManyAsync(log, 3);
            await log.ReadTailAsync(ThreadKey.Of("a"));
        }

        Directory.GetFiles(Path.GetDirectoryName(DatabasePath)!).ShouldBe([DatabasePath]);
    }

    [Fact]
    public async Task Description_SaysWhatADoctorAsksFor()
    {
        await using var log = await SqliteCommitLog.OpenAsync(DatabasePath);

        log.Description.ShouldBe($"sqlite {DatabasePath} (SQLite {SqliteCommitLog.NativeVersion}, WAL, synchronous=FULL)");
    }

    private void SetVersion(int version)
    {
        using var raw = OpenRaw();
        raw.Execute($"PRAGMA user_version = {version}");
        raw.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }
}
