namespace Holdfast.Logs;

/// <summary>The settings of a <see cref="FileCommitLog"/>.</summary>
public sealed class FileLogOptions
{
    /// <summary>The directory that the log stores into; made when the first thread is written.</summary>
    /// <value>There is no default: it must be set.</value>
    /// <remarks>On a local file system: several processes share it by locks that some network file systems do not have.</remarks>
    public string Directory { get; set; } = "";

    /// <summary>When what was written is brought to the disk.</summary>
    /// <value>The default is <see cref="FileFsync.Always"/>.</value>
    public FileFsync Fsync { get; set; } = FileFsync.Always;

    /// <summary>How often <see cref="FileFsync.Interval"/> brings what was written to the disk.</summary>
    /// <value>The default is 1 second. More than zero, at most a day.</value>
    public TimeSpan FsyncInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a writer waits for others, in this process and in other ones, before it gives up with a <see cref="StoreUnavailableException"/>.</summary>
    /// <value>The default is 30 seconds. More than zero, at most a day.</value>
    public TimeSpan LockTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The clock of the fsync interval and of the marks that maintenance leaves.</summary>
    /// <value>The default is <see cref="TimeProvider.System"/>.</value>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Throws if a setting is missing or out of its range.</summary>
    /// <exception cref="StateConfigurationException">A setting is missing or out of its range; the message tells each of them.</exception>
    public void Validate() => Problems().ThrowAsSettings();

    /// <summary>How durable an append is, in words.</summary>
    internal string FsyncText => Fsync switch
    {
        FileFsync.Always => "always",
        FileFsync.Interval => $"every {FsyncInterval}",
        _ => "never",
    };

    internal OptionProblems Problems()
    {
        var isPath = !string.IsNullOrWhiteSpace(Directory) && !Directory.Contains('\0');
        return new OptionProblems(nameof(FileLogOptions))
            .Range(isPath, nameof(Directory), "the path of a directory", Directory)
            .Range(!isPath || !File.Exists(Directory), nameof(Directory), "a directory, not a file", Directory)
            .Range(Enum.IsDefined(Fsync), nameof(Fsync), "Always, Interval or Never", Fsync)
            .Range(IsDuration(FsyncInterval), nameof(FsyncInterval), "more than zero and at most a day", FsyncInterval)
            .Range(IsDuration(LockTimeout), nameof(LockTimeout), "more than zero and at most a day", LockTimeout)
            .Set(TimeProvider, nameof(TimeProvider));
    }

    private static bool IsDuration(TimeSpan value) => value > TimeSpan.Zero && value <= TimeSpan.FromDays(1);
}
