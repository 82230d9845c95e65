namespace Holdfast.Orleans.Tests.Grains;

[GenerateSerializer]
public sealed class AccountState
{
    [Id(0)]
    public string Owner { get; set; } = "nobody";

    [Id(1)]
    public int Balance { get; set; }

    [Id(2)]
    public List<string> Notes { get; set; } = [];

    [Id(3)]
    public IAccountGrain? Other { get; set; }

    [Id(4)]
    public Dictionary<string, int> Limits { get; set; } = [];
}
