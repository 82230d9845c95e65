using System.Diagnostics.CodeAnalysis;

namespace Holdfast.Orleans.Tests.Grains;

/// <summary>What the runtime holds of a grain's state.</summary>
internal sealed class AccountRecord : IGrainState<AccountState>
{
    [AllowNull]
    public AccountState State { get; set; } = new();

    public string? ETag { get; set; }

    public bool RecordExists { get; set; }
}
