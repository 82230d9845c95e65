using Microsoft.Extensions.AI;

namespace Holdfast.Simulation.Tests.Histories;

/// <summary>One change that a session makes, and what it makes of a picture.</summary>
/// <param name="Make">Makes it.</param>
/// <param name="Apply">What the thread shows afterwards, given the life and the version of the commit.</param>
internal sealed record Edit(Action<ThreadSession> Make, Func<Picture, CommitId, long, Picture> Apply)
{
    /// <summary>Some changes of one commit. What hides messages comes first, since it would hide those of the same commit too.</summary>
    public static IReadOnlyList<Edit> Some(HistoryWorld world)
    {
        List<Edit> edits = [Say(world.NewText())];
        if (world.Chance(0.1))
        {
            edits.Insert(0, KeepLast(world.Random.Next(1, 5)));
        }

        for (var i = world.Random.Next(3); i > 0; i--)
        {
            edits.Add(One(world));
        }

        return edits;
    }

    private static Edit One(HistoryWorld world)
    {
        var number = world.Random.Next(1_000);
        var key = $"k{number % 4}";
        switch (world.Random.Next(7))
        {
            case 0 or 1:
                return Set("variables", key, session => session.Variables.Set(key, number), $"{number}");
            case 2:
                return Set("variables", key, session => session.Variables.Remove(key), null);
            case 3:
                var card = world.NewSecret();
                return Set("variables", "card", session => session.Variables.Set("card", card), $"\"{card}\"");
            case 4:
                return Set("todos", key, session => session.Todos.Put(new() { Id = key, Content = $"{number}" }), $"\"{number}\"");
            case 5:
                return Set("records", "doc", session => session.Records.Put("doc", number), $"{number}");
            default:
                var decision = $"decision {world.NewNumber()}";
                return new(
                    session =>
                    {
                        session.Decisions.Add(decision, "why");
                        session.Agent = $"agent {number}";
                    },
                    (picture, _, _) => picture with { Decisions = picture.Decisions.Add(decision), Agent = $"agent {number}" });
        }
    }

    private static Edit Say(string text) => new(session => session.History.Add(ChatRole.User, text), (picture, life, version) => picture.Say(new(life, version, text)));

    private static Edit KeepLast(int count) => new(session => session.History.KeepLast(count), (picture, _, _) => picture.KeepLast(count));

    private static Edit Set(string section, string key, Action<ThreadSession> make, string? json) => new(make, (picture, _, _) => picture.Set($"{section}/{key}", json));
}
