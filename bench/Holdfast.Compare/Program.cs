// Holdfast.Compare run [--quick] [--only NAME,NAME] --peers DIR --packages DIR --node22 FILE --results FILE --document FILE     all contestants, in turns
// Holdfast.Compare contestant NAME TARGET                                                                                       one contestant: answers requests on its standard input
using Holdfast.Compare.Contestants;
using Holdfast.Compare.Running;

switch (args)
{
    case ["contestant", var name, var target]:
        await new ContestantProcess(await DotNetContestants.OpenAsync(name, target)).RunAsync();
        return 0;
    case ["run", .. var options]:
        return await Comparison.RunAsync(Settings.Parse(options));
    default:
        await Console.Error.WriteLineAsync("Usage: run [options] | contestant NAME TARGET. bench/compare.sh runs everything.");
        return 2;
}
