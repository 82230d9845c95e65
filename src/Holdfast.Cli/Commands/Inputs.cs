using System.CommandLine;
using System.CommandLine.Parsing;

namespace Holdfast.Cli.Commands;

/// <summary>Arguments and options that several commands have, with their checks.</summary>
internal static class Inputs
{
    public static Argument<ThreadId> Thread() => new("THREAD") { Description = "The id of the thread.", CustomParser = ParseThread };

    public static Argument<ThreadId> NewThread() => new("NEW") { Description = "The id of the new thread.", CustomParser = ParseThread };

    public static Argument<ThreadId?> OptionalThread(string description) => new("THREAD")
    {
        Description = description,
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = result => result.Tokens.Count == 0 ? default(ThreadId?) : ParseThread(result),
    };

    public static Argument<InterruptId> Interrupt() => new("ID")
    {
        Description = "The id of the interrupt.",
        CustomParser = result => Parse(result, InterruptId.Parse),
    };

    public static Option<TurnId?> Turn(string description)
        => new("--turn") { Description = description, HelpName = "ID", CustomParser = result => Parse(result, TurnId.Parse) };

    public static Option<ThreadId?> ThreadOption(string description) => ThreadOption("--thread", description);

    public static Option<ThreadId?> ThreadOption(string name, string description)
        => new(name) { Description = description, HelpName = "ID", CustomParser = result => ParseThread(result) };

    /// <summary>Who does what the command does, see <see cref="Invocation.By"/>.</summary>
    public static Option<string?> By() => new("--by") { Description = "Who does it; it is kept with it. [default: the name of your account]", HelpName = "NAME" };

    public static Option<int?> Count(string name, string description)
    {
        var option = new Option<int?>(name) { Description = description, HelpName = "N" };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !(int.TryParse(result.Tokens[0].Value, out var count) && count > 0))
            {
                result.AddError($"{name} must be a whole number from 1; it is '{result.Tokens[0].Value}'.");
            }
        });
        return option;
    }

    /// <summary>How points are written, for descriptions.</summary>
    public const string Points = "12, -3, 2026-11-28T10:00Z, label:NAME or newest";

    public static Option<ThreadPoint> Point(string description, string name = "--at")
        => new(name) { Description = $"{description} POINT is {Points}.", HelpName = "POINT", CustomParser = ParsePoint };

    public static Option<ThreadPoint?> OptionalPoint(string name, string description)
        => new(name) { Description = $"{description} POINT is {Points}.", HelpName = "POINT", CustomParser = result => ParsePoint(result) };

    public static Argument<ThreadPoint> PointArgument(string name, string description, bool isOptional = false) => new(name)
    {
        Description = $"{description} {name} is {Points}.",
        Arity = isOptional ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
        CustomParser = ParsePoint,
    };

    public static Option<ThreadStatus?> Status(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "STATUS",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (ThreadStatusNames.TryParse(text, out var status))
            {
                return status;
            }

            result.AddError($"'{text}' is no status; a thread is {string.Join(", ", Enum.GetValues<ThreadStatus>().Select(known => known.ToName()))}.");
            return null;
        },
    };

    /// <summary>Reads a duration, and reports what is wrong with it.</summary>
    public static TimeSpan? ParseDuration(ArgumentResult result)
    {
        if (DurationText.TryParse(result.Tokens[0].Value, out var duration, out var problem))
        {
            return duration;
        }

        result.AddError(problem!);
        return null;
    }

    public static ThreadId ParseThread(ArgumentResult result) => Parse(result, ThreadId.Parse);

    private static ThreadPoint ParsePoint(ArgumentResult result)
    {
        if (result.Tokens.Count == 0)
        {
            return ThreadPoint.Newest;
        }

        if (!ThreadPoint.TryParse(result.Tokens[0].Value, out var point))
        {
            result.AddError($"'{result.Tokens[0].Value}' is not a point of a thread. Write a version (12), commits back (-3), a time with its offset (2026-11-28T10:00Z), a label (label:NAME), or newest.");
        }

        return point;
    }

    private static T Parse<T>(ArgumentResult result, Func<string, T> parse)
        where T : struct
    {
        try
        {
            return parse(result.Tokens[0].Value);
        }
        catch (InvalidIdentifierException e)
        {
            result.AddError(e.Message);
            return default;
        }
    }
}
