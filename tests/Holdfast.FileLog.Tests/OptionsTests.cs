using Holdfast.Logs;

namespace Holdfast.FileLog.Tests;

public sealed class OptionsTests : FileLogTest
{
    [Fact]
    public void Options_OutOfTheirRange_AreRefusedByName()
    {
        foreach (var (name, configure) in (List<(string, Action<FileLogOptions>)>)
            [
                ("Directory", options => options.Directory = ""),
                ("Directory", options => options.Directory = "  "),
                ("Directory", options => options.Directory = typeof(OptionsTests).Assembly.Location),
                ("Fsync", options => options.Fsync = (FileFsync)3),
                ("FsyncInterval", options => options.FsyncInterval = TimeSpan.Zero),
                ("FsyncInterval", options => options.FsyncInterval = TimeSpan.FromDays(2)),
                ("LockTimeout", options => options.LockTimeout = TimeSpan.FromSeconds(-1)),
                ("TimeProvider", options => options.TimeProvider = null!),
            ])
        {
            Should.Throw<StateConfigurationException>(() => Open(configure)).Message.ShouldContain($"FileLogOptions.{name} ");
        }
    }

    [Fact]
    public async Task Description_TellsTheDirectoryAndThePolicy()
    {
        await using var log = Open(options => options.Fsync = FileFsync.Interval);

        log.Description.ShouldBe($"files in {Root} (fsync: every 00:00:01)");
    }

    [Fact]
    public async Task Directory_ThatIsRelative_IsTheOneOfTheMomentTheLogWasMade()
    {
        await using var log = Open(options => options.Directory = "relative/x/../y/");

        log.Description.ShouldBe($"files in {Path.Combine(Environment.CurrentDirectory, "relative", "y")} (fsync: always)");
    }
}
