using System.Globalization;
using Microsoft.Extensions.AI;

namespace Holdfast.Cli.Chat;

/// <summary>The tool of the offline assistant: it pays nobody, but writes a line into a ledger, the variable <c>refunds</c>, and needs approval.</summary>
internal static class RefundTool
{
    public const string Name = "refund";
    public const string Ledger = "refunds";

    /// <summary>Who approves refunds: not the person who asks for one.</summary>
    public const string Audience = "approvers";

    public static AIFunction Create() => DurableFunction.Create(
        Refund, new() { Name = Name, Description = "Pays an amount back.", RequiresApproval = true, Audience = Audience });

    // The line becomes durable with the result of the call, in one commit: it is there once, or not at all.
    private static string Refund(decimal amount, ToolContext tool)
    {
        var variables = tool.Turn.Session.Variables;
        var paid = string.Create(CultureInfo.InvariantCulture, $"{amount}, receipt {tool.Step.IdempotencyKey}");
        variables.Set(Ledger, [.. variables.Get(Ledger, [], ScriptedJson.Default.ListString), paid], ScriptedJson.Default.ListString);
        return $"Paid back {paid}.";
    }
}
