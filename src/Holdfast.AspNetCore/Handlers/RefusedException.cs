using Microsoft.AspNetCore.Mvc;

namespace Holdfast;

/// <summary>A request is answered with a problem that is no error of the store.</summary>
internal sealed class RefusedException(ProblemDetails problem) : Exception(problem.Detail)
{
    public ProblemDetails Problem => problem;

    public static RefusedException Of(int status, string code, string detail) => new(ProblemCatalog.Make(status, code, detail));

    /// <summary>A thread of others, or of nobody: where a thread must be there it is not, and where one would begin the id is taken. Neither says whose it is.</summary>
    public static RefusedException OfForeign(bool mustExist) => new(ProblemCatalog.Of(mustExist ? ErrorCodes.ThreadNotFound : ErrorCodes.CommitConflict));
}
