using Holdfast.Logs;
using StackExchange.Redis;

namespace Holdfast.Redis.Connecting;

/// <summary>How processes with the same keys tell each other of commits: messages on a channel, sent after commits.</summary>
/// <remarks>A cluster passes each message to all its servers, which is why they are sent by the process, several together, and not by the script of each append.</remarks>
internal sealed class HintChannel(RedisConnection connection, string prefix)
{
    /// <summary>How often it is looked whether the subscription still stands.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private RedisChannel Name => RedisChannel.Literal($"{prefix}hints:{connection.Number}");

    /// <summary>Tells others.</summary>
    /// <returns>True: whether anybody listens is not known, for in a cluster a server knows only of its own listeners.</returns>
    public async Task<bool> SendAsync(string text, CancellationToken cancellationToken)
    {
        using var call = await connection.EnterAsync(cancellationToken).ConfigureAwait(false);

        // Its answer is waited for: the connection may be closed next, with what was not sent yet.
        await call.Multiplexer.GetSubscriber().PublishAsync(Name, text).WaitAsync(connection.Timeout, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Listens until the connection is lost, or the log has made another one.</summary>
    public async Task ListenAsync(HintListening listening, CancellationToken stop)
    {
        var multiplexer = await MultiplexerAsync(stop).ConfigureAwait(false);
        var subscriber = multiplexer.GetSubscriber();
        void Hear(RedisChannel channel, RedisValue text)
        {
            foreach (var hint in HintText.Read((string?)text ?? ""))
            {
                listening.Hear(hint);
            }
        }

        try
        {
            await subscriber.SubscribeAsync(Name, Hear).WaitAsync(connection.Timeout, TimeProvider.System, stop).ConfigureAwait(false);
            listening.Begin();
            do
            {
                await Task.Delay(LookInterval, TimeProvider.System, stop).ConfigureAwait(false);
            }
            while (subscriber.IsConnected(Name) && await MultiplexerAsync(stop).ConfigureAwait(false) == multiplexer);
        }
        finally
        {
            // Also where the answer did not come in time: the client has noted the listener, and would tell it once more for each one that follows.
            await UnsubscribeAsync(subscriber, Hear).ConfigureAwait(false);
        }
    }

    private async Task UnsubscribeAsync(ISubscriber subscriber, Action<RedisChannel, RedisValue> hear)
    {
        try
        {
            await subscriber.UnsubscribeAsync(Name, hear, CommandFlags.FireAndForget).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisErrors.AreOf(e) || e is ObjectDisposedException)
        {
            // It is closed, and with it the subscription.
        }
    }

    private async Task<IConnectionMultiplexer> MultiplexerAsync(CancellationToken stop)
    {
        using var call = await connection.EnterAsync(stop).ConfigureAwait(false);
        return call.Multiplexer;
    }
}
