package jflannel.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// Identifies a process by its start time too, since a later one may get the same number.
///
/// @param started clock ticks between the machine's start and the process's: field 22 of proc_pid_stat(5)
record ProcessId(long pid, long started) {

    /// @throws IOException if there is no such process
    static ProcessId of(long pid) throws IOException {
        return new ProcessId(pid, ProcessStat.of(pid).field(22));
    }

    /// True while this very process exists.
    boolean isAlive() throws IOException {
        try {
            return of(pid).equals(this);
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            if (Files.exists(Path.of("/proc/" + pid))) {
                throw e;
            }
            return false; // it ended meanwhile (ESRCH)
        }
    }
}
