using Microsoft.Extensions.DependencyInjection;

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
    [InlineData("x.db", "x.db")]
    [InlineData("a dir/x=1.db", "a dir/x=1.db")]
    [InlineData("./Data Source=x.db", "Data Source=x.db")]
    [InlineData("Data Source=x.db", "x.db")]
    [InlineData(" data source = x.db ; ", "x.db")]
    [InlineData("DataSource=x.db;Mode=ReadWriteCreate", "x.db")]
    [InlineData("Mode=readwrite;Filename=x.db", "x.db")]
    [InlineData("Data Source=\"a;b='c.db\"", "a;b='c.db")]
    [InlineData("Data Source='a;b.db';Mode=ReadWrite", "a;b.db")]
    [InlineData("sqlite:x.db", "x.db")]
    [InlineData("SQLite:dir/x.db", "dir/x.db")]
    [InlineData("sqlite:/tmp/x.db", "/tmp/x.db")]
    [InlineData("sqlite:///tmp/x.db", "/tmp/x.db")]
    [InlineData("/tmp/x.db", "/tmp/x.db")]
    public async Task DataSource_IsAPathAConnectionStringOrAUrl(string dataSource, string path)
    {
        await using var log = new SqliteCommitLog(new() { DataSource = dataSource });

        log.Description.ShouldStartWith($"sqlite {Path.GetFullPath(path)} (");
    }

    [Theory]
    [InlineData("", "must be set")]
    [InlineData("  ", "must be set")]
    [InlineData("sqlite:", "names no file")]
    [InlineData("sqlite://", "names no file")]
    [InlineData("sqlite:x.db?mode=ro", "parameters")]
    [InlineData("sqlite::memory:", "InMemoryCommitLog")]
    [InlineData("Data Source=:memory:", "InMemoryCommitLog")]
    [InlineData("Data Source=", "names no file")]
    [InlineData("Mode=ReadWrite", "names no file")]
    [InlineData("Data Source=x.db;Mode=ReadOnly", "Mode=ReadOnly")]
    [InlineData("Data Source=x.db;Mode=Memory", "Mode=Memory")]
    [InlineData("Data Source=x.db;Cache=Shared", "'Cache'")]
    [InlineData("Host=db;Database=agents", "'Host'")]
    [InlineData("Data Source=x.db;Pooling", "no '='")]
    [InlineData("Data Source=\"x.db", "not closed")]
    public void UseSqlite_WithWhatIsNoFile_SaysSoAtOnce(string dataSource, string expected)
    {
        var builder = new ServiceCollection();

        Should.Throw<StateConfigurationException>(() => builder.AddHoldfast(holdfast => holdfast.UseSqlite(dataSource))).Message.ShouldContain(expected);
        Should.Throw<StateConfigurationException>(() => new SqliteCommitLog(new() { DataSource = dataSource })).Message.ShouldContain(expected);
    }

    [Fact]
    public async Task DataSource_WithAPassword_IsRefusedWithoutRepeatingIt()
    {
        var error = await Should.ThrowAsync<StateConfigurationException>(() => SqliteCommitLog.OpenAsync("Data Source=x.db;Password=secret"));

        error.Message.ShouldContain("does not encrypt");
        error.Message.ShouldNotContain("secret");
    }

    [Fact]
    public void ANullPath_NamesTheCallThatGotIt()
    {
        Should.Throw<ArgumentNullException>(() => new ServiceCollection().AddHoldfast(holdfast => holdfast.UseSqlite((string)null!))).Message.ShouldContain("UseSqlite was given null");
        Should.Throw<ArgumentNullException>(() => _ = SqliteCommitLog.OpenAsync((string)null!)).Message.ShouldContain("SqliteCommitLog.OpenAsync was given null");
        Should.Throw<StateConfigurationException>(() => new SqliteCommitLog(new() { DataSource = null! })).Message.ShouldContain(nameof(SqliteLogOptions.DataSource));
    }

    [Fact]
    public async Task ModeReadWrite_WithoutAFile_MakesNone()
    {
        using var database = new TemporaryDatabase();

        (await Should.ThrowAsync<StateConfigurationException>(() => SqliteCommitLog.OpenAsync($"Data Source={database.Path};Mode=ReadWrite"))).Message.ShouldContain("ReadWrite");

        File.Exists(database.Path).ShouldBeFalse();
        await (await SqliteCommitLog.OpenAsync($"Data Source={database.Path};Mode=ReadWriteCreate")).DisposeAsync();
        await (await SqliteCommitLog.OpenAsync($"Data Source={database.Path};Mode=ReadWrite")).DisposeAsync();
    }

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
