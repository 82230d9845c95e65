using System.Runtime.CompilerServices;
using Orleans;
using Orleans.Runtime;
using Orleans.Serialization.Serializers;
using Orleans.Storage;

namespace Holdfast;

/// <summary>The state of each grain as a thread: a write is one commit, with what changed, and the ETag is the thread's position.</summary>
internal sealed class HoldfastGrainStorage(AgentStateStore store, string serviceId, HoldfastGrainStorageOptions options, IActivatorProvider activators) : IGrainStorage
{
    private readonly IGrainStorageSerializer _serializer = options.GrainStorageSerializer;
    private readonly bool _deletesOnClear = options.DeleteStateOnClear;

    // What a state was read from is kept beside it: a write then reads nothing, and one whose outcome was not known is sent again as the same commit.
    private readonly ConditionalWeakTable<object, ThreadSession> _open = [];

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => ReadStateAsync(stateName, grainId, grainState, CancellationToken.None);

    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        var thread = await OpenAsync(stateName, grainId, cancellationToken).ConfigureAwait(false);
        var stored = GrainDocument.Read(thread);
        grainState.State = stored is null ? New<T>() : _serializer.Deserialize<T>(stored);
        (grainState.RecordExists, grainState.ETag) = (stored is not null, ETagOf(thread));
        _open.AddOrUpdate(grainState, thread);
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => WriteStateAsync(stateName, grainId, grainState, CancellationToken.None);

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        await CommitAsync(stateName, grainId, grainState, thread => GrainDocument.Write(thread, _serializer.Serialize(grainState.State)), "write", cancellationToken).ConfigureAwait(false);
        grainState.RecordExists = true;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => ClearStateAsync(stateName, grainId, grainState, CancellationToken.None);

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        await CommitAsync(stateName, grainId, grainState, GrainDocument.Clear, "clear", cancellationToken).ConfigureAwait(false);
        if (_deletesOnClear)
        {
            _open.Remove(grainState);
            await store.Thread(ThreadOf(stateName, grainId)).EraseAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
            grainState.ETag = null;
        }

        (grainState.RecordExists, grainState.State) = (false, New<T>());
    }

    private static string? ETagOf(ThreadSession thread) => thread.Version == 0 ? null : thread.Position.ToString();

    private async Task CommitAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, Action<ThreadSession> change, string reason, CancellationToken cancellationToken)
    {
        // Taken out while it is in use: a session is for one caller, and a grain that is reentrant may write twice at once.
        if (!_open.Remove(grainState, out var thread) || ETagOf(thread) != grainState.ETag)
        {
            thread = await OpenAsync(stateName, grainId, cancellationToken).ConfigureAwait(false);
            if (ETagOf(thread) != grainState.ETag)
            {
                throw new InconsistentStateException($"The state '{stateName}' of grain {grainId} in thread '{thread.Id}' was changed since it was read; nothing was written.", ETagOf(thread), grainState.ETag);
            }
        }

        try
        {
            change(thread);
            await thread.CommitAsync(reason, cancellationToken).ConfigureAwait(false);
        }
        catch (CommitConflictException e)
        {
            throw new InconsistentStateException($"The state '{stateName}' of grain {grainId}: {e.Message}", $"version {e.ActualVersion}", grainState.ETag, e);
        }
        catch (StoreUnavailableException)
        {
            _open.AddOrUpdate(grainState, thread);
            throw;
        }

        grainState.ETag = ETagOf(thread);
        _open.AddOrUpdate(grainState, thread);
    }

    private ValueTask<ThreadSession> OpenAsync(string stateName, GrainId grainId, CancellationToken cancellationToken)
        => store.OpenAsync(ThreadOf(stateName, grainId), new() { LoadUser = false }, cancellationToken);

    private ThreadId ThreadOf(string stateName, GrainId grainId) => GrainThread.IdOf(store, serviceId, stateName, grainId);

    private T New<T>() => activators.GetActivator<T>().Create();
}
