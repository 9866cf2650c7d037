package jflannel.backend;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import jflannel.ip.Family;
import jflannel.kernel.Ownership;
import jflannel.lease.Announcement;
import jflannel.lease.ExtensionKeys;
import jflannel.lease.Lease;
import jflannel.lease.LeasedSubnet;
import jflannel.lease.NetworkConfig;
import jflannel.underlay.Underlay;

/// Leaves it to the administrator's commands to carry packets: one makes this node ready, another adds a peer, another
/// removes it. This backend says what other nodes' commands get to know of this one, and which peers are usable;
/// `jflannel.extension` runs the commands.
final class ExtensionBackend implements Backend {
    private final NetworkConfig config;
    private final Underlay underlay;
    private final Map<Family, String> data;

    /// @param before what was announced, or is about to be: what the command before the start has printed
    ExtensionBackend(NetworkConfig config, Underlay underlay, Optional<Announcement> before) {
        this.config = config;
        this.underlay = underlay;
        this.data = new EnumMap<>(Family.class);
        if (!config.option(ExtensionKeys.PRE_STARTUP).isBlank()) {
            before.filter(it -> it.backendType().equals(config.type().title()))
                    .ifPresent(it -> data.putAll(it.backendData()));
            data.keySet().retainAll(config.pools().keySet());
        }
    }

    @Override
    public Announcement announcement() {
        return new Announcement(underlay.publicIps(), config.type().title(), data);
    }

    @Override
    public int mtu() {
        int option = config.option(ExtensionKeys.MTU);
        return option == 0 ? underlay.mtu() : Math.min(option, underlay.mtu());
    }

    @Override
    public PeerLink.Kind withoutRoutes() {
        return PeerLink.Kind.COMMANDS;
    }

    @Override
    public Reach reach(LeasedSubnet peer, Lease own, KernelFacts kernel) {
        ExtensionData.parse(peer.backendData());
        return Reach.NOTHING;
    }

    @Override
    public Ownership ownership(KernelFacts kernel) {
        return Ownership.ofRoutes(GatewayRoutes.marked(config));
    }
}
