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
    /// <exception cref="StateConfigurationException">A setting is missing or out of its range; the message says which.</exception>
    public void Validate()
    {
        if (string.IsNullOrWhiteSpace(Directory) || Directory.Contains('\0'))
        {
            throw new StateConfigurationException($"{nameof(FileLogOptions)}.{nameof(Directory)} must be the path of a directory; it is '{Directory}'.");
        }

        if (File.Exists(Directory))
        {
            throw new StateConfigurationException($"{nameof(FileLogOptions)}.{nameof(Directory)} must be a directory; '{Directory}' is a file.");
        }

        if (!Enum.IsDefined(Fsync))
        {
            throw new StateConfigurationException($"{nameof(FileLogOptions)}.{nameof(Fsync)} must be Always, Interval or Never; it is {(int)Fsync}.");
        }

        CheckDuration(FsyncInterval, nameof(FsyncInterval));
        CheckDuration(LockTimeout, nameof(LockTimeout));
        if (TimeProvider is null)
        {
            throw new StateConfigurationException($"{nameof(FileLogOptions)}.{nameof(TimeProvider)} must be set; it is null.");
        }
    }

    private static void CheckDuration(TimeSpan value, string name)
    {
        if (value <= TimeSpan.Zero || value > TimeSpan.FromDays(1))
        {
            throw new StateConfigurationException($"{nameof(FileLogOptions)}.{name} must be more than zero and at most a day; it is {value}.");
        }
    }
}
