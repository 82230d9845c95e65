using Spectre.Console;

namespace Holdfast.Cli;

/// <summary>What the tool meets the world through, so that tests can stand in for it.</summary>
internal sealed class ToolHost
{
    /// <summary>Where lines to say come from.</summary>
    public required TextReader Input { get; init; }

    /// <summary>The standard input as bytes, for a bundle.</summary>
    public Func<Stream> OpenInput { get; init; } = Console.OpenStandardInput;

    /// <summary>The standard output as bytes, for a bundle.</summary>
    public Func<Stream> OpenOutput { get; init; } = Console.OpenStandardOutput;

    /// <summary>What commands answer on.</summary>
    public required IAnsiConsole Output { get; init; }

    /// <summary>What errors, prompts and remarks go to.</summary>
    public required IAnsiConsole Error { get; init; }

    /// <summary>Whether a person types the input.</summary>
    public bool IsInteractive { get; init; }

    /// <summary>The environment variables.</summary>
    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>Who runs the tool, by the name of the account.</summary>
    public string UserName { get; init; } = System.Environment.UserName;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public StoreSchemes Stores { get; init; } = StoreSchemes.BuiltIn;

    /// <summary>The signal that ends the tool.</summary>
    public Interruption Interruption { get; init; } = new();

    /// <summary>An environment variable that says something; null if it is not set or empty.</summary>
    public string? Variable(string name) => Environment(name) is { Length: > 0 } value ? value : null;
}
