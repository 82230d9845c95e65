using Holdfast.Logs;

namespace Holdfast;

/// <summary>Has a say in the commits of a session: adds what can be known only just before a commit is made, and refuses to go on over what others did.</summary>
internal interface ICommitAddition
{
    /// <summary>Whether the status that the thread gets follows from its turns; otherwise it is what the session says.</summary>
    bool FollowsTurns => true;

    /// <summary>Adds to the commit that is about to be made, on whatever it is based then. Called again, with another version, when others were faster.</summary>
    void Complete(long version);

    /// <summary>Looks at what others committed before the session moves onto it, and throws if it must not.</summary>
    /// <param name="head">The head of the thread; null if there is none any more.</param>
    /// <param name="newer">What others committed; null where that cannot be told.</param>
    void Cross(ThreadHead? head, IReadOnlyList<OpenedEntry>? newer)
    {
    }
}
