using System.Runtime.InteropServices;

namespace Holdfast.Cli;

/// <summary>Turns the first SIGINT or SIGTERM into a cancellation, so that what is under way is brought to an end. The second one ends the process.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _signal;

    /// <summary>Cancelled by the signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>What the process exits with when a signal ended it.</summary>
    public int ExitCode => ExitCodes.Signal + _signal;

    public static Interruption BySignals()
    {
        var interruption = new Interruption();
        interruption.Listen(PosixSignal.SIGINT, 2);
        interruption.Listen(PosixSignal.SIGTERM, 15);
        return interruption;
    }

    /// <summary>Does what a signal does.</summary>
    public void Interrupt(int signal)
    {
        Interlocked.CompareExchange(ref _signal, signal, 0);
        _source.Cancel();
    }

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _source.Dispose();
    }

    private void Listen(PosixSignal signal, int number) => _registrations.Add(PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = !_source.IsCancellationRequested;
        Interrupt(number);
    }));
}
