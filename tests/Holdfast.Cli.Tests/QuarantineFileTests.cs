namespace Holdfast.Cli.Tests;

public sealed class QuarantineFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string File => _directory["taken-out.jsonl"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Write_WhereTheRecoveryFails_KeepsWhatWasTakenOut()
    {
        await Should.ThrowAsync<StoreUnavailableException>(() => QuarantineFile.WriteAsync<bool>(File, async output =>
        {
            await output.WriteAsync("damaged"u8.ToArray());
            await output.FlushAsync();
            throw new StoreUnavailableException("The server is gone.");
        }));

        (await System.IO.File.ReadAllTextAsync(File)).ShouldBe("damaged");
        (await Should.ThrowAsync<ToolException>(() => QuarantineFile.WriteAsync(File, _ => Task.FromResult(true)))).ExitCode.ShouldBe(2);
    }

    [Fact]
    public async Task Write_OfNothing_LeavesNoFile()
    {
        (await QuarantineFile.WriteAsync(File, _ => Task.FromResult(true))).ShouldBeTrue();

        System.IO.File.Exists(File).ShouldBeFalse();
    }

    [Fact]
    public async Task Write_WhereThereIsNoDirectory_IsToldBeforeAnythingIsDone()
    {
        var ran = false;

        (await Should.ThrowAsync<ToolException>(() => QuarantineFile.WriteAsync(Path.Combine(File, "no", "where"), _ => Task.FromResult(ran = true)))).ExitCode.ShouldBe(2);

        ran.ShouldBeFalse();
    }
}
