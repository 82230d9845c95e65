namespace Holdfast;

/// <summary>The names of the spaces in stored data and in JSON.</summary>
public static class ThreadSpaceNames
{
    private static readonly string[] Names = ["threads", "users", "app", "memory", "keys", "trunks", "turns"];

    /// <summary>All spaces, in the order of their numbers.</summary>
    public static IReadOnlyList<ThreadSpace> All { get; } = [.. Enum.GetValues<ThreadSpace>()];

    /// <summary>The name of <paramref name="space"/> in stored data, such as <c>threads</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a space.</exception>
    public static string ToName(this ThreadSpace space)
        => Enum.IsDefined(space) ? Names[(int)space] : throw new ArgumentOutOfRangeException(nameof(space), space, "This is none of the spaces.");

    /// <summary>Finds the space with a name, such as <c>threads</c>.</summary>
    public static bool TryParse(string name, out ThreadSpace space)
    {
        var index = Array.IndexOf(Names, name);
        space = (ThreadSpace)Math.Max(index, 0);
        return index >= 0;
    }
}
