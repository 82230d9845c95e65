namespace Holdfast;

/// <summary>What the framework's todo provider notes in a session.</summary>
internal sealed record TodoDocument
{
    public IReadOnlyList<Item> Items { get; init; } = [];

    public int NextId { get; init; } = 1;

    internal sealed record Item
    {
        public int Id { get; init; }

        public string Title { get; init; } = "";

        public string? Description { get; init; }

        public bool IsComplete { get; init; }
    }
}
