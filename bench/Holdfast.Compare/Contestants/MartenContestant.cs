using System.Collections.Concurrent;
using System.Text.Json;
using JasperFx;
using JasperFx.Events;
using JasperFx.Events.Projections;
using Marten;
using Marten.Events.Projections;

namespace Holdfast.Compare.Contestants;

/// <summary>
/// Marten's event store: a stream for each thread, an event for each message and one for the variables of a turn, quick appends, and the version of the stream as the guard against lost updates.
/// </summary>
/// <param name="connectionString">The database.</param>
/// <param name="inline">
/// Whether a snapshot of the variables is kept up with each turn (an inline projection), so that a resume reads it and the last events. Without, a resume aggregates the whole stream.
/// </param>
internal sealed class MartenContestant(string connectionString, bool inline) : Contestant
{
    private const int EventsOfTurn = 3;

    private readonly ConcurrentDictionary<string, long> _versions = [];
    private readonly DocumentStore _store = DocumentStore.For(options =>
    {
        options.Connection(connectionString + ";Maximum Pool Size=32;No Reset On Close=true;Max Auto Prepare=20;Auto Prepare Min Usages=1");
        options.DisableNpgsqlLogging = true;
        options.Events.StreamIdentity = StreamIdentity.AsString;
        options.Events.AppendMode = EventAppendMode.Quick;
        options.Events.UseIdentityMapForAggregates = true;
        if (inline)
        {
            options.Projections.Snapshot<MartenVariables>(SnapshotLifecycle.Inline);
        }
        else
        {
            options.Projections.LiveStreamAggregation<MartenConversation>();
        }
    });

    public override string Version => $"{PackageVersion.Of<DocumentStore>("Marten")}, {PackageVersion.Of<Npgsql.NpgsqlDataSource>("Npgsql")}";

    public override async Task<bool> SeedAsync(string thread, int count)
    {
        if (count > 0)
        {
            await AppendAsync(_store, thread, 0, Turn.Messages(thread, count).Select(ToEvent));
        }

        _versions[thread] = count;
        return true;
    }

    public override async Task AppendAsync(string thread, Turn turn)
    {
        var version = _versions.GetValueOrDefault(thread);
        await AppendAsync(_store, thread, version, EventsOf(turn));
        _versions[thread] = version + EventsOfTurn;
    }

    public override async Task<Stored> ReadAsync(string thread, int messages)
    {
        await using var session = _store.QuerySession();
        if (!inline)
        {
            var conversation = await session.Events.AggregateStreamAsync<MartenConversation>(thread) ?? new();
            return new([.. conversation.Messages.TakeLast(messages)], ToJson(conversation.Variables));
        }

        var state = await session.LoadAsync<MartenVariables>(thread) ?? new();
        // Two of the three events of a turn are messages.
        var from = messages == int.MaxValue ? 0 : Math.Max(0, state.Version - (messages / 2 * EventsOfTurn) + 1);
        var events = await session.Events.FetchStreamAsync(thread, fromVersion: from);
        return new([.. events.Select(one => one.Data).OfType<MessageAdded>().Select(added => added.Text).TakeLast(messages)], ToJson(state.Variables));
    }

    public override async Task<int> RaceAsync(string thread, Turn turn)
    {
        for (var conflicts = 0; ; conflicts++)
        {
            await using var session = _store.LightweightSession();
            var version = (await session.Events.FetchStreamStateAsync(thread))?.Version ?? 0;
            await ModelAnswersAsync();
            try
            {
                await AppendAsync(_store, thread, version, EventsOf(turn));
                return conflicts;
            }
            catch (Exception e) when (e is ConcurrencyException or Marten.Exceptions.ExistingStreamIdCollisionException)
            {
                // Somebody else was faster.
            }
        }
    }

    public override async ValueTask DisposeAsync() => await _store.DisposeAsync();

    private static async Task AppendAsync(DocumentStore store, string thread, long version, IEnumerable<object> events)
    {
        var added = events.ToArray();
        await using var session = store.LightweightSession();
        if (version == 0)
        {
            session.Events.StartStream(thread, added);
        }
        else
        {
            // Marten expects the version that the stream has afterwards.
            session.Events.Append(thread, version + added.Length, added);
        }

        await session.SaveChangesAsync();
    }

    private static IEnumerable<object> EventsOf(Turn turn) => [ToEvent(turn.User), ToEvent(turn.Assistant), new VariablesSet(new(turn.Variables))];

    private static MessageAdded ToEvent(Message message) => new(message.Id, message.Role, message.Text);

    private static Dictionary<string, string> ToJson(Dictionary<string, object> variables)
        => variables.ToDictionary(pair => pair.Key, pair => JsonSerializer.Serialize(pair.Value, JsonSerializerOptions.Web));
}
