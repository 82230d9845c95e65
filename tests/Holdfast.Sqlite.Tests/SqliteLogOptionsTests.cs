namespace Holdfast.Sqlite.Tests;

public sealed class SqliteLogOptionsTests
{
    public static TheoryData<string, Action<SqliteLogOptions>> Mistakes => new()
    {
        { nameof(SqliteLogOptions.DataSource), options => options.DataSource = "" },
        { nameof(SqliteLogOptions.DataSource), options => options.DataSource = "  " },
        { nameof(SqliteLogOptions.DataSource), options => options.DataSource = "a\0b" },
        { "InMemoryCommitLog", options => options.DataSource = ":memory:" },
        { "InMemoryCommitLog", options => options.DataSource = "file:x?mode=memory" },
        { nameof(SqliteLogOptions.BusyTimeout), options => options.BusyTimeout = TimeSpan.Zero },
        { nameof(SqliteLogOptions.BusyTimeout), options => options.BusyTimeout = TimeSpan.FromDays(1) },
        { nameof(SqliteLogOptions.Durability), options => options.Durability = (SqliteDurability)7 },
        { nameof(SqliteLogOptions.SchemaMode), options => options.SchemaMode = (SqliteSchemaMode)7 },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Constructor_WithAnOptionOutOfRange_NamesIt(string named, Action<SqliteLogOptions> mistake)
    {
        var options = new SqliteLogOptions { DataSource = "x.db" };
        mistake(options);

        Should.Throw<StateConfigurationException>(() => new SqliteCommitLog(options)).Message.ShouldContain(named);
    }

    [Fact]
    public async Task Constructor_TakesACopyOfTheOptions()
    {
        var options = new SqliteLogOptions { DataSource = "one.db" };
        await using var log = new SqliteCommitLog(options);

        options.DataSource = "two.db";

        log.Description.ShouldContain("one.db");
    }
}
