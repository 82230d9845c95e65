namespace Holdfast.Testing.Tests;

public sealed class TornFileTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"holdfast-torn-{Guid.NewGuid():N}");

    public TornFileTests() => File.WriteAllBytes(_path, [1, 2, 3, 4, 5]);

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void CutOff_TheLastBytes_LeavesThoseBefore()
    {
        TornFile.CutOff(_path, 2);

        File.ReadAllBytes(_path).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void Corrupt_TheLastBytes_InvertsThem()
    {
        TornFile.Corrupt(_path, 2);

        File.ReadAllBytes(_path).ShouldBe([1, 2, 3, 251, 250]);
    }

    [Fact]
    public void CorruptAt_AnOffset_InvertsTheBytesThere()
    {
        TornFile.CorruptAt(_path, 1, 1);

        File.ReadAllBytes(_path).ShouldBe([1, 253, 3, 4, 5]);
    }

    [Fact]
    public void ZeroOut_TheLastBytes_KeepsTheLength()
    {
        TornFile.ZeroOut(_path, 3);

        File.ReadAllBytes(_path).ShouldBe([1, 2, 0, 0, 0]);
    }

    [Fact]
    public void Append_Bytes_AddsThemAtTheEnd()
    {
        TornFile.Append(_path, [9]);

        File.ReadAllBytes(_path).ShouldBe([1, 2, 3, 4, 5, 9]);
    }

    [Fact]
    public void CutOff_MoreThanThereIs_IsRefused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => TornFile.CutOff(_path, 6));

        File.ReadAllBytes(_path).Length.ShouldBe(5);
    }
}
