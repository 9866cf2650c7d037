package jflannel.firewall;

import java.io.IOException;
import java.nio.file.Path;
import jflannel.linux.Command;

/// A program of the node that sets up its firewall.
///
/// @param distributedIn the package that has it, in all large distributions
record Program(String name, String distributedIn) {
    /// Looked up at each call: it may be installed while we run.
    ///
    /// @throws Missing if it is not on this node
    String path() throws Missing {
        return Command.find(name).map(Path::toString).orElseThrow(() -> new Missing(this));
    }

    /// The message says what to install.
    static final class Missing extends IOException {
        private static final long serialVersionUID = 1L;

        Missing(Program program) {
            super(program.name + " is not in PATH nor in /usr/sbin: install the package " + program.distributedIn);
        }
    }
}
