namespace Holdfast.Cli;

/// <summary>The URLs of stores, as the command line has them.</summary>
internal static class StoreUrls
{
    /// <summary>What is used when nothing is said.</summary>
    public const string Default = "sqlite:holdfast.db";

    /// <exception cref="ToolException">The text has no scheme.</exception>
    public static StoreUrl Parse(string text)
    {
        try
        {
            return StoreUrl.Parse(text);
        }
        catch (StateConfigurationException e)
        {
            throw ToolException.Usage(e.Message);
        }
    }
}
