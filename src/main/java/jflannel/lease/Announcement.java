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
public record Announcement(Map<Family, Ip> publicIps, String backendType, Map<Family, String> backendData) {
    public Announcement {
        publicIps = Map.copyOf(publicIps);
        backendData = Map.copyOf(backendData);
    }

    public Optional<Ip> publicIp(Family family) {
        return Optional.ofNullable(publicIps.get(family));
    }

    public Optional<String> backendData(Family family) {
        return Optional.ofNullable(backendData.get(family));
    }
}
