namespace Holdfast.Orleans.Tests.Grains;

public sealed class AccountGrain([PersistentState("account")] IPersistentState<AccountState> account, ILocalSiloDetails silo) : Grain, IAccountGrain
{
    public async Task<int> DepositAsync(int amount, string note)
    {
        account.State.Balance += amount;
        account.State.Notes.Add(note);
        await account.WriteStateAsync();
        return account.State.Balance;
    }

    public Task<AccountState> GetAsync() => Task.FromResult(account.State);

    public Task RenameAsync(string owner)
    {
        account.State.Owner = owner;
        return account.WriteStateAsync();
    }

    public Task ReferToAsync(IAccountGrain other)
    {
        account.State.Other = other;
        return account.WriteStateAsync();
    }

    public async Task<bool> CloseAsync()
    {
        await account.ClearStateAsync();
        return account.RecordExists;
    }

    public Task DeactivateAsync()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task<string> WhereAsync() => Task.FromResult(silo.Name);
}
