namespace Holdfast;

/// <summary>How a damaged thread is recovered.</summary>
public sealed record RecoverOptions
{
    /// <summary>Where everything is brought to safety that is taken out of the thread, as a bundle of the kind <c>quarantine</c>. It is flushed, and stays open.</summary>
    /// <value>There is no default: a recovery needs one, unless it is a dry run.</value>
    public Stream? Quarantine { get; init; }

    /// <summary>Whether it is only told what would be done, and nothing is written.</summary>
    /// <value>The default is false.</value>
    public bool DryRun { get; init; }

    internal void Validate() => Problems().Expect(DryRun || Quarantine is { CanWrite: true }, "RecoverOptions.Quarantine must be a stream that can be written, unless RecoverOptions.DryRun is on.").ThrowAsArgument("options");

    internal OptionProblems Problems() => new(nameof(RecoverOptions));
}
