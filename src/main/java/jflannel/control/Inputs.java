package jflannel.control;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import jflannel.backend.Backends;
import jflannel.firewall.BridgeNetfilter;
import jflannel.ip.Ip;
import jflannel.kernel.Kernel;
import jflannel.kernel.Link;
import jflannel.lease.ConfigException;
import jflannel.lease.NetworkConfig;
import jflannel.options.OptionTypes;
import jflannel.options.Options;
import jflannel.underlay.InterfaceChoice;
import jflannel.underlay.Underlay;

/// What a session is made of and does not change while it runs: the network configuration, the interface to the other
/// nodes and its addresses, the credentials for the store. Tells when one of them has become another that can be used;
/// what cannot be used is logged, and the session goes on with what it has. Only the control thread uses it.
final class Inputs {
    private static final Logger LOG = System.getLogger(Inputs.class.getName());

    private final NetworkConfig network;
    private NetworkConfig latest;
    private final Underlay underlay;
    private final Options.Interface wish;
    private final Credentials credentials;
    private final Kernel kernel;
    private final Options options;
    private final Runnable tryStore;
    private String told = "";
    /// Why there is no way to other nodes just now; empty if there is.
    private String lack = "";

    /// @param wish by which `underlay` was chosen
    /// @param tryStore throws a [ConfigException] if the credentials cannot be used
    Inputs(
            NetworkConfig network,
            Underlay underlay,
            Options.Interface wish,
            Credentials credentials,
            Kernel kernel,
            Options options,
            Runnable tryStore) {
        this.network = network;
        this.latest = network;
        this.underlay = underlay;
        this.wish = wish;
        this.credentials = credentials;
        this.kernel = kernel;
        this.options = options;
        this.tryStore = tryStore;
    }

    /// The network configuration as of the last change that can be used.
    NetworkConfig network() {
        return latest;
    }

    /// What has changed on this node, in words; empty if nothing has.
    String change() {
        String change = changeOfUnderlay();
        return change.isEmpty() ? changeOfCredentials() : change;
    }

    /// Reads what the administrator may have changed.
    interface Reading {
        NetworkConfig read() throws IOException;
    }

    /// What the administrator has changed, in words; empty if it is nothing, or cannot be used.
    String change(Reading reading) {
        try {
            NetworkConfig now = reading.read();
            if (now.source().text().equals(network.source().text())) {
                latest = network; // another may have come and gone
                return "";
            }
            requireRules(now, options);
            Backends.create(now, underlay, kernel, Optional.empty()).close();
            latest = now;
            return "the network configuration was changed from "
                    + network.source().text() + " to " + now.source().text();
        } catch (IOException | ConfigException e) {
            tellOnce("the new network configuration cannot be used, so this node goes on with the old one: "
                    + e.getMessage());
            return "";
        }
    }

    private void tellOnce(String fault) {
        if (!told.equals(fault)) {
            told = fault;
            LOG.log(Level.ERROR, fault);
        }
    }

    /// Looks whether this node can have the firewall rules that are asked for.
    ///
    /// @throws ConfigException if it cannot
    static void requireRules(NetworkConfig network, Options options) throws IOException {
        if (network.nftables()) {
            return;
        }
        if (options.firewall.peerFilter == OptionTypes.PeerFilterMode.ON) {
            throw new ConfigException(
                    "--peer-filter",
                    "on",
                    "The filter is made of nftables: set EnableNFTables to true in %s, or leave the flag out."
                            .formatted(network.where()));
        }
        BridgeNetfilter.require(network.pools().keySet());
    }

    private String changeOfUnderlay() {
        try {
            if (isThere()) {
                lacks("");
                return "";
            }
            Underlay now =
                    InterfaceChoice.from(kernel).choose(wish, network.pools().keySet());
            boolean stopgap = isStopgap(now);
            lacks(stopgap ? "there is only " + now.words() : "");
            return stopgap || now.equals(underlay) ? "" : "the way to other nodes changed to " + now.words();
        } catch (IOException | ConfigException e) {
            // one of the next looks finds the new one
            lacks(String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
            return "";
        }
    }

    private void lacks(String now) {
        if (!now.equals(lack)) {
            LOG.log(
                    now.isEmpty() ? Level.INFO : Level.WARNING,
                    now.isEmpty()
                            ? "the way to other nodes is there again"
                            : "waiting for the way to other nodes: " + now);
            lack = now;
        }
    }

    /// Why this node's way to the others is not as it was, as of the last look; empty if it is.
    String lack() {
        return lack;
    }

    /// True if the interface has but a link-local address left where it had a better one. An interface that goes down
    /// and up loses its IPv6 addresses, and gets the others back a moment later.
    private boolean isStopgap(Underlay now) {
        return now.addresses().entrySet().stream()
                .anyMatch(entry -> entry.getValue().isLinkLocal()
                        && !underlay.addresses().get(entry.getKey()).isLinkLocal());
    }

    /// True if the interface has the addresses that it had, none of which can be better, and the MTU if that matters to
    /// the backend's start.
    private boolean isThere() throws IOException {
        Optional<Link> link = kernel.link(underlay.device());
        if (link.isEmpty()) {
            return false;
        }
        Set<Ip> held = kernel.addresses().stream()
                .filter(address -> address.address().ifIndex() == link.get().index())
                .map(address -> address.address().ip())
                .collect(Collectors.toSet());
        if (!held.containsAll(underlay.addresses().values())
                || underlay.addresses().values().stream().anyMatch(Ip::isLinkLocal)) {
            return false;
        }
        // the other backends follow it by themselves
        return !Backends.carriesPackets(network) || link.get().mtu() == underlay.mtu();
    }

    private String changeOfCredentials() {
        if (Credentials.of(options.etcd).equals(credentials)) {
            return "";
        }
        try {
            tryStore.run();
            return "the certificates for the store were replaced";
        } catch (ConfigException e) {
            tellOnce("the new certificates for the store cannot be used, so this node goes on with the old ones: "
                    + e.getMessage());
            return "";
        }
    }
}
