package jflannel.cni;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// The bridge that pods of this node are attached to.
final class Bridge {
    private static final Path DEVICES = Path.of("/sys/class/net");
    private static final String USUAL_NAME = "cni0"; // the bridge plugin's own default

    private Bridge() {}

    /// Lets the bridge plugin exchange the bridge's address if no pod uses the bridge: it may still have that of a
    /// subnet which this node had before, and the plugin would refuse every pod because of it. While pods use it,
    /// they need the old address.
    ///
    /// @param delegate the configuration of the delegate, which is changed unless the user decided this already
    static void allowNewAddress(Map<String, Object> delegate) {
        Object name = delegate.getOrDefault("bridge", USUAL_NAME);
        boolean open = delegate.get("type").equals("bridge") && !delegate.containsKey("forceAddress");
        if (open && name instanceof String bridge && isUnused(bridge)) {
            delegate.put("forceAddress", true);
        }
    }

    /// True if there is such a bridge and no device is attached to it: Documentation/ABI/testing/sysfs-class-net of
    /// the kernel.
    private static boolean isUnused(String bridge) {
        if (!Request.isName(bridge)) {
            return false;
        }
        try (DirectoryStream<Path> ports =
                Files.newDirectoryStream(DEVICES.resolve(bridge).resolve("brif"))) {
            return !ports.iterator().hasNext();
        } catch (IOException e) {
            return false; // there is none yet
        }
    }
}
