package jflannel.firewall;

import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import jflannel.ip.Family;
import jflannel.lease.ConfigException;
import jflannel.linux.Sysctl;

/// Whether iptables sees what goes from pod to pod over one bridge. Without that, a Service whose endpoint is
/// on the caller's own node does not answer: the reply crosses the bridge with its address untranslated.
public final class BridgeNetfilter {
    private static final System.Logger LOG = System.getLogger(BridgeNetfilter.class.getName());

    private BridgeNetfilter() {}

    /// To be called at start in iptables mode; rules in nftables are possible without.
    ///
    /// @throws ConfigException if the kernel module br_netfilter is not loaded. The message says how to do
    ///     that
    public static void require(Set<Family> families) throws IOException {
        require(families, Sysctl::read);
    }

    /// How a kernel setting is read: empty if there is none of that name.
    @FunctionalInterface
    interface Settings {
        Optional<String> read(String name) throws IOException;
    }

    static void require(Set<Family> families, Settings settings) throws IOException {
        for (Family family : Family.values()) {
            if (families.contains(family)) {
                String name = "net/bridge/bridge-nf-call-" + (family == Family.IPV4 ? "iptables" : "ip6tables");
                String value = settings.read(name).orElseThrow(() -> notLoaded(name));
                if (value.equals("0")) {
                    LOG.log(WARNING, "{0} is 0: Services may not answer to pods on the node of their endpoint", name);
                }
            }
        }
    }

    private static ConfigException notLoaded(String name) {
        return new ConfigException(
                "/proc/sys/" + name,
                "no such file",
                "The kernel module br_netfilter is missing: load it by `modprobe br_netfilter`, and at each boot by a line"
                        + " \"br_netfilter\" in /etc/modules-load.d/br_netfilter.conf; or set EnableNFTables to true.");
    }
}
