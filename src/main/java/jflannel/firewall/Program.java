package jflannel.firewall;

import java.io.IOException;
import java.nio.file.Path;
import jflannel.linux.Command;

/// A firewall tool that must be installed on the node.
///
/// @param distributedIn the package that contains it, in all major distributions
record Program(String name, String distributedIn) {
    /// Looked up at each call, because it may be installed while we run.
    ///
    /// @throws Missing if it is not on this node
    String path() throws Missing {
        return Command.find(name).map(Path::toString).orElseThrow(() -> new Missing(this));
    }

    /// The message says what to install.
    static final class Missing extends IOException {
        private static final long serialVersionUID = 1L;

        Missing(Program program) {
            super(program.name + " is neither in PATH nor in /usr/sbin: install the package " + program.distributedIn);
        }
    }
}
