namespace WebChat;

/// <summary>The files of the page, which are in the program.</summary>
internal static class Page
{
    public static IResult Of(string name, string contentType) => Results.Stream(typeof(Page).Assembly.GetManifestResourceStream(name)!, contentType);
}
