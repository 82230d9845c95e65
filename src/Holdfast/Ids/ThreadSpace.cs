namespace Holdfast;

/// <summary>What kind of thing a thread holds. The space is a part of the key: threads of two spaces have nothing in common, whatever their ids are.</summary>
/// <remarks>Only <see cref="Threads"/> expire and age out. The other spaces are used by features of the library, which keep something there.</remarks>
public enum ThreadSpace
{
    /// <summary>Conversations and tasks: what users open.</summary>
    Threads = 0,

    /// <summary>What all threads of one user share; the id is that of the user.</summary>
    Users = 1,

    /// <summary>What all threads of an application share.</summary>
    App = 2,

    /// <summary>Memory beyond one conversation.</summary>
    Memory = 3,

    /// <summary>Data keys of sealed bodies.</summary>
    Keys = 4,

    /// <summary>Threads that were erased while others still show a part of them; see <see cref="ThreadKey.Trunk"/>.</summary>
    Trunks = 5,

    /// <summary>Outcomes of turns that are remembered forever.</summary>
    Turns = 6,
}
