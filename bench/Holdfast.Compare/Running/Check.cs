using System.Globalization;
using Holdfast.Compare.Protocol;

namespace Holdfast.Compare.Running;

/// <summary>Whether the work was really done.</summary>
internal static class Check
{
    /// <summary>Whether a text is the message at an index.</summary>
    public static bool IsMessage(string text, string thread, int index) => text.StartsWith(string.Create(CultureInfo.InvariantCulture, $"message {index} of {thread}: "), StringComparison.Ordinal);

    public static void Resumed(Answer answer, string thread, int messages)
    {
        Count("messages that a resume read", answer.Messages!.Count, Math.Min(20, messages));
        var first = messages - answer.Messages.Count;
        for (var i = 0; i < answer.Messages.Count; i++)
        {
            if (!IsMessage(answer.Messages[i], thread, first + i))
            {
                throw new ContestantException($"Message {first + i} of {thread} was expected, found was '{answer.Messages[i]}'.");
            }
        }

        Count("the variable 'turn'", answer.Variables!["turn"].GetInt32(), (messages / 2) - 1);
        if (!answer.Variables["topic"].GetString()!.StartsWith($"topic {(messages / 2) - 1} ", StringComparison.Ordinal))
        {
            throw new ContestantException($"The topic of turn {(messages / 2) - 1} was expected, found was '{answer.Variables["topic"]}'.");
        }
    }

    public static void Count(string what, int found, int expected)
    {
        if (found != expected)
        {
            throw new ContestantException($"{what}: expected were {expected}, found were {found}.");
        }
    }
}
