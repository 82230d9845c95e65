namespace Holdfast.Logs;

/// <summary>Tells of changed files of threads, whoever changes them, as far as the operating system tells of them.</summary>
internal static class FileHints
{
    /// <summary>How often it is looked whether the directory is still there. One that is made again is another one.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);

    /// <summary>Events that fit in between two looks of the watcher; what comes in addition is told as any.</summary>
    private const int BufferBytes = 64 * 1024;

    /// <summary>Listens until the directory is gone, or the operating system fails to tell.</summary>
    public static async Task ListenAsync(string root, HintListening listening, CancellationToken stop)
    {
        if (!Directory.Exists(root))
        {
            return;
        }

        var failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watcher = new FileSystemWatcher(root, "*" + FileNames.Extension)
        {
            IncludeSubdirectories = true,
            NotifyFilter = NotifyFilters.LastWrite | NotifyFilters.Size | NotifyFilters.FileName | NotifyFilters.DirectoryName,
            InternalBufferSize = BufferBytes,
        };
        watcher.Changed += (_, change) => listening.Hear(HintOf(root, change.FullPath));
        watcher.Created += (_, change) => listening.Hear(HintOf(root, change.FullPath));
        watcher.Deleted += (_, change) => listening.Hear(HintOf(root, change.FullPath));
        watcher.Renamed += (_, _) => listening.Hear(CommitHint.Any);
        watcher.Error += (_, error) =>
        {
            listening.Hear(CommitHint.Any);
            if (error.GetException() is not InternalBufferOverflowException)
            {
                failed.TrySetResult();
            }
        };
        watcher.EnableRaisingEvents = true;
        listening.Begin();
        do
        {
            await Task.WhenAny(failed.Task, Task.Delay(LookInterval, TimeProvider.System, stop)).ConfigureAwait(false);
        }
        while (!failed.Task.IsCompleted && !stop.IsCancellationRequested && Directory.Exists(root));
    }

    /// <summary>Which thread a file is, by its path; any if that cannot be told.</summary>
    public static CommitHint HintOf(string root, string path)
    {
        // SPACE/TENANT/SHARD/NAME.jsonl; a trunk is one level further down.
        var parts = Path.GetRelativePath(root, path).Split(Path.DirectorySeparatorChar);
        if (parts is not [var space, var tenant, _, var file] || !ThreadSpaceNames.TryParse(space, out var known) || known == ThreadSpace.Trunks
            || (tenant == FileNames.DefaultTenant ? "" : FileNames.Decode(tenant)) is not { } name || FileNames.Decode(Path.GetFileNameWithoutExtension(file)) is not { Length: > 0 } id)
        {
            return CommitHint.Any;
        }

        try
        {
            return CommitHint.Of(ThreadKey.Of(known, name, id));
        }
        catch (InvalidIdentifierException)
        {
            return CommitHint.Any;
        }
    }
}
