using Microsoft.Extensions.Logging;

namespace Holdfast;

/// <summary>What a file log logs.</summary>
internal static partial class FileLogMessages
{
    [LoggerMessage(EventIds.FileLeftOut, LogLevel.Warning, "The file '{Path}' cannot be read, so its thread is left out of listings: {Reason}")]
    public static partial void LeftOut(ILogger logger, string path, string reason);

    [LoggerMessage(EventIds.FileCutOff, LogLevel.Warning, "What a crash left at the end of the file '{Path}' is cut off; a copy of the file is kept as '{Copy}'.")]
    public static partial void CutOff(ILogger logger, string path, string copy);
}
