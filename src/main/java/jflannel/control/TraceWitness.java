package jflannel.control;

import java.io.IOException;
import jflannel.live.Witness;
import jflannel.options.Options;
import jflannel.status.Board;
import jflannel.status.Condition;

/// Lets other nodes' live traces see this one. A class of its own, so that nothing of it is loaded for nothing.
final class TraceWitness {
    private TraceWitness() {}

    /// Lets nobody, with a condition, if the key or the port cannot be had.
    static AutoCloseable start(Options.Trace trace, ControlLoop loop, Board board) {
        try {
            return Witness.start(trace.key(), trace.port(), () -> PageSource.cluster(loop), board);
        } catch (IOException e) {
            board.raise(Condition.TRACE_WITNESS_OFF, "--trace-key: " + e.getMessage());
            return () -> {};
        }
    }
}
