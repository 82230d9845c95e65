namespace Holdfast.Sqlite.Writing;

/// <summary>Changes when a thread expires; the answer is whether it is there.</summary>
internal sealed class ExpiryWrite(ThreadKey key, DateTimeOffset? expiresAt) : PendingWrite<bool>
{
    protected override bool Execute(WriterConnection writer)
    {
        if (writer.Find(key) is not { } thread)
        {
            return false;
        }

        writer.Threads.SetExpiry(thread, expiresAt);
        writer.Forget(key);
        return true;
    }
}
