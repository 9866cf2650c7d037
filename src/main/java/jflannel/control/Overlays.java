package jflannel.control;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import jflannel.backend.Backend;
import jflannel.backend.WireguardIdentity;
import jflannel.firewall.BridgeNetfilter;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Kernel;
import jflannel.kernel.Link;
import jflannel.lease.Announcement;
import jflannel.lease.ConfigException;
import jflannel.lease.NetworkConfig;
import jflannel.names.Claims;
import jflannel.names.Names;
import jflannel.names.Owner;
import jflannel.options.Options;
import jflannel.options.PeerFilterMode;
import jflannel.underlay.InterfaceChoice;
import jflannel.underlay.NodeFacts;
import jflannel.underlay.Underlay;
import jflannel.underlay.UnderlayChoice;

/// Makes [Overlay]s of what a configuration asks for and this node has. Looks at the kernel, and changes nothing.
///
/// @param names of what the network makes on this node
/// @param claims of this daemon: no overlay uses a device of another one
/// @param guard knows what this host has
/// @param identity this node's, for backends that need one
/// @param commands print what one backend announces
/// @param hosted the networks of this daemon; empty if it serves one
record Overlays(
        Options options,
        Names names,
        Claims claims,
        Kernel kernel,
        HostGuard guard,
        Supplier<WireguardIdentity> identity,
        ExtensionCommands commands,
        Optional<HostedNetworks> hosted) {
    private static final Logger LOG = System.getLogger(Overlays.class.getName());

    /// @param publicIps the addresses that an administrator wrote into the store for this node, by family
    /// @param before what this node announced before, as far as that is known
    /// @throws ConfigException if this node cannot use the configuration; the message says why
    /// @throws UnderlayMissingException if no interface leads to the other nodes yet
    /// @throws OtherDaemonException if another daemon has what it would use
    Overlay make(NetworkConfig network, Map<Family, Ip> publicIps, Optional<Announcement> before) throws IOException {
        requireRules(network);
        requireAddresses(network);
        Optional<Announcement> known = commands.before(network, before);
        return switch (underlay(network, publicIps, before)) {
            case UnderlayChoice.Chosen(Underlay underlay, List<String> misses, List<String> warnings) -> {
                misses.forEach(miss -> LOG.log(Level.INFO, miss));
                warnings.forEach(warning -> LOG.log(Level.WARNING, warning));
                yield make(network, publicIps, underlay, known);
            }
            case UnderlayChoice.Missing missing -> throw new UnderlayMissingException(missing);
        };
    }

    /// Looks what this host has, before a subnet of the network is asked for.
    ///
    /// @param own the subnets that this node has, or had before
    void lookAround(NetworkConfig network, Collection<Cidr> own) throws IOException {
        guard.look(kernel, network, own);
    }

    /// Which interfaces and addresses lead to the other nodes now.
    ///
    /// @throws ConfigException if the flags can never lead to one
    UnderlayChoice underlay(NetworkConfig network, Map<Family, Ip> publicIps, Optional<Announcement> before)
            throws IOException {
        return InterfaceChoice.from(kernel, facts(network, before))
                .choose(options.iface.flags().withPublicIps(publicIps));
    }

    private NodeFacts facts(NetworkConfig network, Optional<Announcement> before) {
        List<Ip> former =
                before.stream().flatMap(it -> it.publicIps().values().stream()).toList();
        return NodeFacts.of(network).withFormer(former).withStore(guard.store());
    }

    private Overlay make(
            NetworkConfig network, Map<Family, Ip> publicIps, Underlay underlay, Optional<Announcement> before)
            throws IOException {
        Overlay overlay = Overlay.of(network, publicIps, underlay, names, kernel, before, identity);
        claim(network, overlay.backend());
        return overlay;
    }

    /// Makes sure that no other daemon has what this one is about to use.
    private void claim(NetworkConfig network, Backend backend) throws OtherDaemonException {
        for (String device : backend.deviceNames()) {
            claim(network, Claims.Kind.DEVICE, device, "VNI");
        }
        for (String socket : backend.sockets()) {
            claim(network, Claims.Kind.PORT, socket, "Port");
        }
    }

    private void claim(NetworkConfig network, Claims.Kind kind, String what, String option)
            throws OtherDaemonException {
        Optional<Owner> owner = claims.take(kind, what);
        if (owner.isPresent()) {
            throw new OtherDaemonException(what, owner.get(), option, network.where());
        }
    }

    /// The overlay on its interface as it is now: the interface may have another MTU, or have been made again.
    ///
    /// @throws IOException if the interface is gone
    Overlay onInterfaceOfNow(Overlay overlay) throws IOException {
        Map<Family, Link> now = overlay.underlay().links(kernel);
        boolean same = now.entrySet().stream()
                .allMatch(it -> isSame(it.getValue(), overlay.external().get(it.getKey())));
        return same
                ? overlay
                : make(overlay.network(), overlay.publicIps(), overlay.underlay(), Optional.of(overlay.announcement()));
    }

    private static boolean isSame(Link one, Link other) {
        return one.index() == other.index() && one.mtu() == other.mtu();
    }

    /// Two networks of a host cannot have the same addresses.
    private void requireAddresses(NetworkConfig network) {
        hosted.flatMap(all -> all.reserve(names.network(), network.networks())).ifPresent(other -> {
            throw new ConfigException(
                    "the network in " + network.where() + " overlaps " + other + ": give one of them other addresses");
        });
    }

    /// Checks whether this node can have the requested firewall rules.
    private void requireRules(NetworkConfig network) throws IOException {
        if (network.nftables()) {
            return;
        }
        if (options.firewall.peerFilter == PeerFilterMode.ON) {
            throw new ConfigException(
                    "--peer-filter",
                    "on",
                    "The filter is made of nftables: set EnableNFTables to true in %s, or omit the flag."
                            .formatted(network.where()));
        }
        BridgeNetfilter.require(network.pools().keySet());
    }
}
