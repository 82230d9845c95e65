using Npgsql;

namespace Holdfast.Postgres.Tests;

/// <summary>What options say of themselves, and which are refused.</summary>
public sealed class OptionsTests
{
    private const string Secret = "hunter2;'=@";

    [Theory]
    [InlineData("postgres://ann:hunter2%3B%27%3D%40@db.example.org:6543/chats?schema=agents", "postgres://db.example.org:6543/chats?schema=agents")]
    [InlineData("postgresql://ann:hunter2%3B%27%3D%40@db.example.org/chats", "postgres://db.example.org:5432/chats?schema=holdfast")]
    [InlineData("postgres://db.example.org/chats?sslmode=verify-full&Maximum%20Pool%20Size=5", "postgres://db.example.org:5432/chats?schema=holdfast")]
    [InlineData("postgres://ann:hunter2@[::1]:5433/chats", "postgres://::1:5433/chats?schema=holdfast")]
    [InlineData("Host=db;Database=chats;Username=ann;Password=\"hunter2;'=@\"", "postgres://db:5432/chats?schema=holdfast")]
    [InlineData("Host=db;Username=ann;Password=\"hunter2;'=@\"", "postgres://db:5432/ann?schema=holdfast")]
    public void Description_OfAnyWayToNameTheDatabase_HasNoSecret(string connectionString, string expected)
    {
        var options = new PostgresLogOptions { ConnectionString = connectionString };
        var log = new PostgresCommitLog(options);

        log.Description.ShouldBe(expected);
        log.ToString().ShouldBe(expected);
        options.ToString().ShouldBe(expected);
        expected.ShouldNotContain("hunter2");
    }

    [Fact]
    public void Description_OfADataSourceThatShowsItsPassword_HasNoSecret()
    {
        using var dataSource = NpgsqlDataSource.Create("Host=db;Database=chats;Username=ann;Password=hunter2;Persist Security Info=true");

        new PostgresCommitLog(new() { DataSource = dataSource }).Description.ShouldBe("postgres://db:5432/chats?schema=holdfast");
    }

    [Theory]
    [InlineData("Host=db;Password=hunter2;oops")]
    [InlineData("Host=db;Password=hunter2;Port=hunter2")]
    [InlineData("Host=db;hunter2=x")]
    [InlineData("hunter2")]
    [InlineData("Host=db;SslMode=hunter2")]
    [InlineData("Host=db;Timeout=hunter2")]
    [InlineData("Host=db;Password='hunter2")]
    [InlineData("postgres://ann:hunter2")]
    [InlineData("postgres://ann:hunter2@db")]
    [InlineData("postgres://ann:hunter2@db/")]
    [InlineData("postgres://ann:hunter2@db/a/b")]
    [InlineData("postgres://ann:hunter2@db:port/a")]
    [InlineData("postgres://ann:hunter2@db:99999/a")]
    [InlineData("postgres://ann:hunt#er2@db/a")]
    [InlineData("postgres://ann:x@db/a?password=hunter2&unknown=hunter2")]
    [InlineData("postgres://ann:x@db/a?Timeout=hunter2")]
    [InlineData("postgres://")]
    public void ConnectionString_ThatCannotBeRead_IsRefusedWithoutRepeatingIt(string connectionString)
    {
        var options = new PostgresLogOptions { ConnectionString = connectionString };

        var error = Should.Throw<StateConfigurationException>(() => new PostgresCommitLog(options));

        error.ToString().ShouldNotContain("hunter2");
        options.ToString().ShouldNotContain("hunter2");
    }

    [Fact]
    public void Url_WithEveryPart_NamesTheConnection()
    {
        var target = Connecting.PostgresTarget.Of(
            new() { ConnectionString = $"postgres://an%6E:{Uri.EscapeDataString(Secret)}@db:6543/cha%20ts?schema=agents&sslmode=verify-full&Maximum%20Pool%20Size=7" });
        using var dataSource = target.CreateDataSource();

        var settings = new NpgsqlConnectionStringBuilder(dataSource.ConnectionString);
        (settings.Host, settings.Port, settings.Database, settings.Username).ShouldBe(("db", 6543, "cha ts", "ann"));
        (settings.SslMode, settings.MaxPoolSize, settings.Password).ShouldBe((SslMode.VerifyFull, 7, null));
        target.QuotedSchema.ShouldBe("\"agents\"");
    }

    [Theory]
    [InlineData("")]
    [InlineData("Holdfast")]
    [InlineData("1st")]
    [InlineData("pg_mine")]
    [InlineData("a-b")]
    [InlineData("a b")]
    [InlineData("a.b")]
    [InlineData("a\"b")]
    [InlineData("a;DROP SCHEMA public")]
    [InlineData("ä")]
    [InlineData("a234567890123456789012345678901234567890123456789012345678901234")]
    public void Schema_ThatIsNoPlainName_IsRefused(string schema)
    {
        Should.Throw<StateConfigurationException>(() => new PostgresCommitLog(new() { ConnectionString = "Host=db", Schema = schema })).Message.ShouldContain("Schema");
        Should.Throw<StateConfigurationException>(() => PostgresSchema.GetScript(schema));
    }

    [Fact]
    public void Options_OutOfTheirRange_AreRefused()
    {
        using var dataSource = NpgsqlDataSource.Create("Host=db");
        foreach (var options in (PostgresLogOptions[])
            [
                new(),
                new() { ConnectionString = "Host=db", DataSource = dataSource },
                new() { ConnectionString = "Host=db", CommandTimeout = TimeSpan.Zero },
                new() { ConnectionString = "Host=db", CommandTimeout = TimeSpan.FromHours(2) },
                new() { ConnectionString = "Host=db", SchemaMode = (PostgresSchemaMode)7 },
            ])
        {
            Should.Throw<StateConfigurationException>(() => new PostgresCommitLog(options));
        }
    }

    [Fact]
    public void Options_ChangedAfterwards_DoNotChangeTheLog()
    {
        var options = new PostgresLogOptions { ConnectionString = "Host=db;Database=a" };
        var log = new PostgresCommitLog(options);

        options.ConnectionString = "Host=other";
        options.Schema = "other";

        log.Description.ShouldBe("postgres://db:5432/a?schema=holdfast");
    }
}
