namespace Holdfast;

/// <summary>Gives ids and places to todos and goals that were put into a state without.</summary>
internal static class NewItems
{
    /// <summary>The items, each with an id; those that had none, and no order either, keep their places between the others.</summary>
    public static List<T> WithIds<T>(IReadOnlyList<T> items, Func<T, (string Id, double Order)> read, Func<T, string, double, T> with)
    {
        var result = new List<T>(items.Count);
        for (var i = 0; i < items.Count; i++)
        {
            var (id, order) = read(items[i]);
            if (id.Length > 0)
            {
                result.Add(items[i]);
                continue;
            }

            if (order == 0)
            {
                var before = result.Count > 0 ? read(result[^1]).Order : (double?)null;
                order = Between(before, items.Skip(i + 1).Select(read).Where(later => later.Id.Length > 0 || later.Order != 0).Select(later => (double?)later.Order).FirstOrDefault());
            }

            result.Add(with(items[i], TodoList.NewId(), order));
        }

        return result;
    }

    private static double Between(double? before, double? after) => (before, after) switch
    {
        (null, null) => 1,
        (null, { } next) => next - 1,
        ({ } last, { } next) when next > last => last + ((next - last) / 2),
        ({ } last, _) => last + 1,
    };
}
