using Holdfast.Redis.Connecting;
using Holdfast.Redis.Maintenance;

namespace Holdfast.Redis.Indexing;

/// <summary>Takes out of the index what no longer holds, after a thread was changed. Nobody waits for it, but the end of the connection does.</summary>
internal sealed class IndexCleaning(LogWarnings warnings)
{
    public void Begin(RedisCall call, ThreadKey key, Func<RedisCall, Task> clean) => _ = CleanAsync(call.Share(), key, clean);

    private async Task CleanAsync(RedisCall call, ThreadKey key, Func<RedisCall, Task> clean)
    {
        using (call)
        {
            try
            {
                await clean(call).ConfigureAwait(false);
            }
            catch (CorruptStateException e)
            {
                warnings.TellOfIndex(key, e.Message, e);
            }
            catch (AgentStateException)
            {
                // A listing that meets what was left there, or the next commit, takes it out.
            }
        }
    }
}
