namespace Holdfast.Orleans.Tests.Grains;

/// <summary>A grain that keeps its state in the default storage.</summary>
public interface IAccountGrain : IGrainWithStringKey
{
    Task<int> DepositAsync(int amount, string note);

    Task<AccountState> GetAsync();

    Task RenameAsync(string owner);

    Task ReferToAsync(IAccountGrain other);

    /// <summary>Whether there is a stored state, after it was cleared.</summary>
    Task<bool> CloseAsync();

    Task DeactivateAsync();

    Task<string> WhereAsync();
}
