namespace Holdfast.Logs;

/// <summary>When a file log asks the operating system to bring what was written to the disk.</summary>
/// <remarks>The death of the process alone loses nothing under any policy; this is about the loss of power and of the whole machine.</remarks>
public enum FileFsync
{
    /// <summary>Before an append is confirmed: what was confirmed survives the loss of power.</summary>
    Always = 0,

    /// <summary>In the background: the loss of power may take what was confirmed within the last <see cref="FileLogOptions.FsyncInterval"/>.</summary>
    Interval = 1,

    /// <summary>Whenever the operating system likes: the loss of power may take what was confirmed within the last half minute or so.</summary>
    Never = 2,
}
