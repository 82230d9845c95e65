namespace Holdfast;

// What may be done to the variables of a user or of the application, which are threads of their own, and how a section is changed apart from its session.
public sealed partial class StateSection
{
    /// <summary>Reads the section, if that was not done yet.</summary>
    internal ValueTask LoadAsync(CancellationToken cancellationToken) => _session.IsRead ? ValueTask.CompletedTask : SessionOpener.ReadLateAsync(_session, cancellationToken);

    /// <summary>The section by itself, to be changed apart from the session.</summary>
    internal StateSection Draft() => new(_session.DraftOf(_name), _name);

    /// <summary>Makes the changes of a draft here.</summary>
    internal void Take(StateSection draft) => _session.Take(draft._session.Pending.Sections);

    // What was set since can be read back.
    private void RefuseToRead()
    {
        if (!_session.IsRead)
        {
            var (whose, option) = _session.Key.Space == ThreadSpace.App
                ? ("the application", $"{nameof(OpenOptions)}.{nameof(OpenOptions.LoadApp)}")
                : ($"user '{_session.Key.Id}'", $"{nameof(OpenOptions)}.{nameof(OpenOptions.UserId)} and {nameof(OpenOptions.LoadUser)}");
            throw new InvalidOperationException(
                $"The variables of {whose} were not read with the thread. They can be set, but not read, appended to or removed: open the session with {option}.");
        }
    }

    private void RefuseToChange()
    {
        if (_session.Key.Space == ThreadSpace.App && _session.Store.User is { } user)
        {
            throw new ThreadAccessDeniedException(
                _session.Key, $"This is the view of user '{user}': the variables of the application can be read from it, but not changed. Change them through the store itself.");
        }
    }
}
