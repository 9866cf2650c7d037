package jflannel.firewall;

import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.util.Set;
import jflannel.ip.Family;
import jflannel.lease.NotYetException;
import jflannel.linux.Sysctl;

/// Checks whether iptables sees traffic between pods on one bridge. Otherwise a Service does not answer a caller
/// on its endpoint's node: the reply crosses the bridge without its address being translated back.
public final class BridgeNetfilter {
    private static final System.Logger LOG = System.getLogger(BridgeNetfilter.class.getName());

    private BridgeNetfilter() {}

    /// Called at start in iptables mode; nftables rules work without the module.
    ///
    /// @throws NotYetException if the kernel module br_netfilter is not loaded; the message says how to load it
    public static void require(Set<Family> families) throws IOException {
        require(families, Sysctl::read);
    }

    /// The setting of a family; the kernel has it once the module is loaded.
    public static String setting(Family family) {
        return "net/bridge/bridge-nf-call-" + (family == Family.IPV4 ? "iptables" : "ip6tables");
    }

    static void require(Set<Family> families, Sysctl.Source settings) throws IOException {
        for (Family family : Family.values()) {
            if (families.contains(family)) {
                String name = setting(family);
                String value = settings.read(name).orElseThrow(() -> notLoaded(name));
                if (value.equals("0")) {
                    LOG.log(
                            WARNING,
                            "{0} is 0: Services may not answer pods that run on the same node as the endpoint",
                            name);
                }
            }
        }
    }

    private static NotYetException notLoaded(String name) {
        return new NotYetException(
                "/proc/sys/" + name,
                "no such file",
                "The kernel module br_netfilter is missing. Load it with `modprobe br_netfilter`, and at each boot with"
                        + " a line \"br_netfilter\" in /etc/modules-load.d/br_netfilter.conf; or set"
                        + " EnableNFTables to true.");
    }
}
