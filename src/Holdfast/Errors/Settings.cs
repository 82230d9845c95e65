using System.Globalization;

namespace Holdfast;

/// <summary>How settings are checked: every problem is a sentence, and all of them are told at once.</summary>
internal static class Settings
{
    /// <summary>Throws if there are problems.</summary>
    /// <exception cref="StateConfigurationException">There are; the message has all of them.</exception>
    public static void Require(IEnumerable<string> problems)
    {
        var all = problems.ToList();
        if (all.Count > 0)
        {
            throw new StateConfigurationException(string.Join(" ", all));
        }
    }

    /// <summary>A text that is the same in every culture.</summary>
    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
