namespace Holdfast;

/// <summary>Which messages are visible, and how many they are.</summary>
internal readonly record struct HistoryView(VisibleHistory Visible, long Count);
