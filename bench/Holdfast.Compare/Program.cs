// Holdfast.Compare run [--quick] [--only NAME,NAME] --peers DIR --packages DIR --node22 FILE --results FILE --document FILE     all contestants, in turns
// Holdfast.Compare charts [options of run]                                                                                      draws the pictures of the results again
// Holdfast.Compare contestant NAME TARGET                                                                                       one contestant: answers requests on its standard input
using Holdfast.Compare.Contestants;
using Holdfast.Compare.Reporting;
using Holdfast.Compare.Running;

switch (args)
{
    case ["contestant", var name, var target]:
        await new ContestantProcess(await DotNetContestants.OpenAsync(name, target)).RunAsync();
        return 0;
    case ["run", .. var options]:
        return await Comparison.RunAsync(Settings.Parse(options));
    case ["charts", .. var options]:
        var settings = Settings.Parse(options);
        await new Charts(settings, Catalogue.Selected(settings), await Charts.ReadAsync(settings.Results)).WriteAsync();
        return 0;
    default:
        await Console.Error.WriteLineAsync("Usage: run [options] | charts [options] | contestant NAME TARGET. bench/compare.sh runs everything.");
        return 2;
}
