using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.FileLog.Tests;

public sealed class FileConformance : LogConformance<FileFixture>;

[OnlySuites("Append", "Durability", "Rewrite", "Erase")]
public sealed class FileWithIntervalConformance : LogConformance<FileWithIntervalFixture>;

[OnlySuites("Append", "Durability", "Rewrite", "Erase")]
public sealed class FileWithoutFsyncConformance : LogConformance<FileWithoutFsyncFixture>;

public sealed class ConformanceEnrolment
{
    [Fact]
    public void FileLog_IsEnrolledWithEverySuite()
        => ConformanceGuard.Check(typeof(FileConformance).Assembly, typeof(FileCommitLog));
}

public class FileFixture : LogFixture
{
    private readonly TemporaryDirectory _directory = new();

    public override Type LogType => typeof(FileCommitLog);

    public override LogCapabilities Capabilities => LogCapabilities.Durable | LogCapabilities.MultiProcess;

    protected virtual FileFsync Fsync => FileFsync.Always;

    public override ValueTask<ICommitLog> CreateAsync(CancellationToken cancellationToken)
        => new(new FileCommitLog(new() { Directory = _directory.Path, Fsync = Fsync }));

    public override ValueTask<ICommitLog> ReopenAsync(CancellationToken cancellationToken) => CreateAsync(cancellationToken);

    public override bool CanCutOff => true;

    public override ValueTask CutOffAsync(CancellationToken cancellationToken)
    {
        // As when a volume is not mounted any more.
        Directory.Move(_directory.Path, _directory.Path + ".away");
        return default;
    }

    public override ValueTask RestoreAsync(CancellationToken cancellationToken)
    {
        Directory.Move(_directory.Path + ".away", _directory.Path);
        return default;
    }

    public override ValueTask DisposeAsync()
    {
        _directory.Dispose();
        GC.SuppressFinalize(this);
        return base.DisposeAsync();
    }
}

public sealed class FileWithIntervalFixture : FileFixture
{
    protected override FileFsync Fsync => FileFsync.Interval;
}

public sealed class FileWithoutFsyncFixture : FileFixture
{
    protected override FileFsync Fsync => FileFsync.Never;
}
