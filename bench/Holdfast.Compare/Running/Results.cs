namespace Holdfast.Compare.Running;

/// <summary>What was measured, and what went wrong.</summary>
internal sealed class Results
{
    private readonly Lock _lock = new();

    public List<Sample> Samples { get; } = [];

    public List<string> Problems { get; } = [];

    public Dictionary<string, string> Versions { get; } = [];

    public void Add(Entrant entrant, string measure, int history, int repetition, double value)
    {
        lock (_lock)
        {
            Samples.Add(new(entrant.Name, measure, history, repetition, value));
        }
    }

    public void Fail(Entrant entrant, string what, Exception e)
    {
        lock (_lock)
        {
            var problem = $"{entrant.Name}, {what}: {e.Message.Split('\n')[0]}";
            if (!Problems.Contains(problem))
            {
                Problems.Add(problem);
            }

            Console.Error.WriteLine($"{entrant.Name}, {what}: {e.Message}");
        }
    }
}
