package jflannel.dist;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Programs that start an installed flanneld as its service manager would: with the capabilities that the service's
/// unit allows and no others, without any variable of the environment, and with this test's JDK out of reach.
final class Sandbox {
    private static final Path UNIT = Path.of("src/packaging/systemd/flanneld.service");

    private Sandbox() {}

    /// The lines of the unit that set `key`, joined by spaces.
    static String unit(String key) throws IOException {
        Matcher line = Pattern.compile("(?m)^" + key + "=(.*)$").matcher(Files.readString(UNIT));
        StringBuilder values = new StringBuilder();
        while (line.find()) {
            values.append(values.isEmpty() ? "" : " ").append(line.group(1));
        }
        return values.toString();
    }

    /// @param script the program to write
    /// @param flanneld the one to start
    static Path program(Path script, Path flanneld) throws IOException {
        return program(script, "", "", flanneld.toString());
    }

    /// @param root a container's file system, /proc included; chroot needs a capability beyond those of the unit,
    /// which containers have
    /// @param flanneld the one to start, as seen in there
    static Path program(Path script, Path root, String flanneld) throws IOException {
        String mounts = "for part in dev run; do mount --rbind /$part %s/$part; done".formatted(root);
        return program(script, mounts, ",+sys_chroot", "chroot %s %s".formatted(root, flanneld));
    }

    private static Path program(Path script, String prepare, String more, String start) throws IOException {
        String allowed = unit("CapabilityBoundingSet")
                .replace("CAP_", ",+")
                .replace(" ", "")
                .toLowerCase(Locale.ROOT);
        Files.writeString(script, """
                #!/bin/sh -e
                [ "$1" = inside ] || exec unshare -m "$0" inside "$@"
                shift
                mount -t tmpfs none '%s'
                %s
                exec setpriv --bounding-set -all%s --inh-caps -all --no-new-privs \\
                    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin JFLANNEL_JAVA_OPTS=-XX:AOTMode=on \\
                    FLANNELD_STATE_FILE=/run/flannel/state.json %s "$@"
                """.formatted(System.getProperty("java.home"), prepare, allowed + more, start));
        if (!script.toFile().setExecutable(true)) {
            throw new IOException(script + " cannot be made executable");
        }
        return script;
    }
}
