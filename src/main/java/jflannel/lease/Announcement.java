package jflannel.lease;

import java.util.Map;
import java.util.Optional;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// What a node publishes about itself: how to reach it, and through which backend.
///
/// @param publicIps the address other nodes send to, by family of that address
/// @param backendType the backend's name, or "" for the backends that store none (udp, alloc)
/// @param backendData the backend's JSON text, by family of the subnet it serves; absent where there is none
/// @param mtu the largest packet that the node takes from other hosts, in bytes; 0 if it does not say
public record Announcement(Map<Family, Ip> publicIps, String backendType, Map<Family, String> backendData, int mtu) {
    /// What nearly every network carries, in bytes. Nodes that take as much publish no MTU, so that what they publish
    /// is what Go flannel does.
    public static final int USUAL_MTU = 1500;
    /// What every IPv4 host takes (RFC 791), in bytes.
    private static final int LEAST_MTU = 576;
    private static final int MOST_MTU = 65_535;

    public Announcement {
        publicIps = Map.copyOf(publicIps);
        backendData = Map.copyOf(backendData);
        mtu = mtu == USUAL_MTU || mtu < LEAST_MTU || mtu > MOST_MTU ? 0 : mtu; // others' nonsense counts as none
    }

    /// Of a node that publishes no MTU.
    public Announcement(Map<Family, Ip> publicIps, String backendType, Map<Family, String> backendData) {
        this(publicIps, backendType, backendData, 0);
    }

    /// The same with an MTU, in bytes.
    public Announcement withMtu(int bytes) {
        return new Announcement(publicIps, backendType, backendData, bytes);
    }

    public Optional<Ip> publicIp(Family family) {
        return Optional.ofNullable(publicIps.get(family));
    }

    public Optional<String> backendData(Family family) {
        return Optional.ofNullable(backendData.get(family));
    }
}
