namespace Holdfast;

/// <summary>What of a thread is kept. What no rule keeps is dropped for good.</summary>
/// <remarks>
/// <para>Without a rule everything is kept. A version stays if one of the rules keeps it, and in any case:</para>
/// <list type="bullet">
/// <item>the newest 256 versions, and what is younger than a day: a retry has to find its commit;</item>
/// <item>versions with messages that are visible now, records that are still found by name, and what an open turn refers to;</item>
/// <item>versions that a label or a fork needs.</item>
/// </list>
/// </remarks>
public sealed record RetentionPolicy
{
    /// <summary>The newest versions that stay whatever the policy.</summary>
    public const int NewestKept = 256;

    /// <summary>How long a version or a message stays whatever the policy.</summary>
    internal static readonly TimeSpan LeastTime = TimeSpan.FromDays(1);

    private IReadOnlyDictionary<ThreadStatus, RetentionPolicy> _ofStatus = new Dictionary<ThreadStatus, RetentionPolicy>();

    /// <summary>A policy that drops nothing.</summary>
    public static RetentionPolicy Everything { get; } = new();

    /// <summary>How many of the newest versions stay: at least 1, in effect 256.</summary>
    /// <value>The default is null: no such rule.</value>
    public long? KeepVersions { get; init; }

    /// <summary>For how long a version stays: more than zero, in effect a day.</summary>
    /// <value>The default is null: no such rule.</value>
    public TimeSpan? KeepFor { get; init; }

    /// <summary>The most messages that stay visible: at least 1. Older ones are hidden, and go with their versions. A call is never parted from its result, and what was said in a turn that has not ended stays.</summary>
    /// <value>The default is null: all.</value>
    public int? MaxMessages { get; init; }

    /// <summary>For how long messages stay visible: more than zero, in effect a day. The last message stays (a result with its call), and what was said in a turn that has not ended.</summary>
    /// <value>The default is null: for ever.</value>
    public TimeSpan? MaxMessageAge { get; init; }

    /// <summary>The newest versions that stay whatever the rules say; tests of retention itself have fewer.</summary>
    internal long LeastVersions { get; init; } = NewestKept;

    /// <summary>Whether the policy has a rule, so that something may be dropped.</summary>
    internal bool HasRules => KeepVersions is not null || KeepFor is not null || MaxMessages is not null || MaxMessageAge is not null;

    /// <summary>The same policy, with another one for the threads of a status.</summary>
    public RetentionPolicy For(ThreadStatus status, RetentionPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return this with { _ofStatus = new Dictionary<ThreadStatus, RetentionPolicy>(_ofStatus) { [status] = policy } };
    }

    /// <summary>The policy for a thread of a status.</summary>
    public RetentionPolicy Of(ThreadStatus status) => _ofStatus.TryGetValue(status, out var policy) ? policy.Of(status) : this;

    internal void Validate() => Problems().ThrowAsArgument("policy");

    internal OptionProblems Problems()
    {
        var problems = new OptionProblems(nameof(RetentionPolicy))
            .Range(KeepVersions is null or >= 1, nameof(KeepVersions), "at least 1, or null for no rule", KeepVersions)
            .Range(KeepFor is null || KeepFor > TimeSpan.Zero, nameof(KeepFor), "more than zero, or null for no rule", KeepFor)
            .Range(MaxMessages is null or >= 1, nameof(MaxMessages), "at least 1, or null for all", MaxMessages)
            .Range(MaxMessageAge is null || MaxMessageAge > TimeSpan.Zero, nameof(MaxMessageAge), "more than zero, or null for ever", MaxMessageAge);
        return _ofStatus.Aggregate(problems, (all, policy) => all.Include(policy.Value.Problems(), policy.Key.ToString()));
    }
}
