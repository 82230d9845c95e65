namespace Holdfast;

/// <summary>Something that runs in this process and can be told to stop.</summary>
internal interface IStoppable
{
    void Cancel(string reason);
}
