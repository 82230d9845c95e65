using Holdfast.Logs;

namespace Holdfast.Simulation.Tests.Histories;

/// <summary>Follows a thread, and keeps its position as a program does that comes back after a crash: it must be told each commit once, in order.</summary>
internal sealed class Follower(HistoryWorld world, ThreadId thread)
{
    private ThreadPosition _position = ThreadPosition.Beginning;
    private CommitId? _life;
    private long _last;

    public async Task RunAsync(HistoryClient client)
    {
        try
        {
            while (true)
            {
                await WatchAsync(client);
                for (var rest = world.Random.Next(800); rest > 0 && !world.IsOver; rest--)
                {
                    await client.StopAsync("rests");
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The others have ended, and there is nothing new.
        }
    }

    /// <summary>Checks that everything was told, once all have ended.</summary>
    public async Task CheckAsync()
    {
        var now = world.Histories.Standing.FirstOrDefault(life => life.Thread == thread);
        if (now is not null && !(await world.Hot.GetHeadAsync(ThreadKey.Of(thread)))!.IsExpired(world.Time.GetUtcNow()))
        {
            world.Require(_life == now.Id && _last == now.Last, $"of {now}, which is at version {now.Last}, the versions up to {_last} of {_life} were told");
        }
    }

    private async Task WatchAsync(HistoryClient client)
    {
        try
        {
            await foreach (var told in client.Store.Thread(thread).WatchAsync(_position))
            {
                Hear(told);
                _position = ThreadPosition.Parse(told.Position.ToString());
                world.Count($"told: {told.GetType().Name}");
                if (world.Chance(0.25))
                {
                    world.Count("comes back");
                    return;
                }
            }
        }
        catch (UnknownPositionException) when (world.Hot.Reborn > 0)
        {
            // A life that was erased was begun once more, by a begin whose answer was lost.
            Forget();
        }
    }

    private void Hear(ThreadEvent told)
    {
        switch (told)
        {
            case ThreadCommitted committed:
                HearCommit(committed);
                break;
            case VersionsDropped dropped:
                Meet(dropped.Position.Life);
                world.Require(dropped.From == _last + 1 && dropped.To >= dropped.From, $"{dropped} was told after version {_last}");
                var life = world.Histories.Find(_life!.Value);
                for (var version = Math.Max(dropped.From, life.First); version <= dropped.To; version++)
                {
                    world.Require(life.Gone.Contains(version), $"version {version} of {life} was told to be dropped, and is there");
                }

                _last = dropped.To;
                break;
            case ThreadEnded ended:
                // It may have gone before anything of it was told.
                world.Require(_life is null || ended.Life == _life, $"the end of {ended.Life} was told after {_life}");
                Forget();
                break;
            default:
                world.Require(false, $"{told} was told");
                break;
        }
    }

    private void HearCommit(ThreadCommitted told)
    {
        Meet(told.Position.Life);
        var life = world.Histories.Find(_life!.Value);
        var version = told.Commit.Version;
        world.Require(version == (_last == 0 ? life.First : _last + 1), $"version {version} of {life} was told after version {_last}");
        var said = life.At(version).Lines.Where(line => line.Life == life.Id && line.Version == version).Select(line => world.Without(line.Text));
        world.Require(told.Messages.Select(message => world.Without(message.Text)).SequenceEqual(said), $"other messages than those of version {version} of {life} were told");
        _last = version;
    }

    private void Meet(CommitId life)
    {
        world.Require(_life is null || _life == life, $"a commit of {life} was told after {_life}, whose end was not told");
        _life = life;
    }

    private void Forget() => (_position, _life, _last) = (ThreadPosition.Beginning, null, 0);
}
