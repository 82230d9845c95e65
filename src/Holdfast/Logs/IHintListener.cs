namespace Holdfast.Logs;

/// <summary>Who listens to the hints of a log.</summary>
public interface IHintListener
{
    /// <summary>A thread, or any, may have changed. Returns at once and throws nothing; may be called by several threads of execution at the same time.</summary>
    void Hear(CommitHint hint);
}
