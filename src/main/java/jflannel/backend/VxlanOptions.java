package jflannel.backend;

import java.util.Optional;
import jflannel.kernel.Vxlan;
import jflannel.lease.NetworkConfig;
import jflannel.lease.VxlanKeys;

/// What the network configuration says about the backend vxlan.
///
/// @param vni VXLAN network identifier
/// @param port UDP port, in host order
/// @param learning the device learns where MAC addresses live from the packets it receives
/// @param groupPolicy the group policy extension is on
/// @param external routes carry the tunnel's end, and there is no fdb
/// @param directRouting peers on one link with this node are reached without the tunnel
/// @param outerMtu the largest outer packet in bytes; 0 for that of the interface to the other nodes
/// @param checksumOffload whether checksums may be left to the network card; empty to leave that as it is
record VxlanOptions(
        int vni,
        int port,
        boolean learning,
        boolean groupPolicy,
        boolean external,
        boolean directRouting,
        int outerMtu,
        Optional<Boolean> checksumOffload) {

    static VxlanOptions of(NetworkConfig config) {
        int port = config.option(VxlanKeys.PORT);
        return new VxlanOptions(
                config.option(VxlanKeys.VNI),
                port == 0 ? Vxlan.USUAL_PORT : port,
                config.option(VxlanKeys.LEARNING),
                config.option(VxlanKeys.GBP),
                config.option(VxlanKeys.EXTERNAL),
                config.option(VxlanKeys.DIRECT_ROUTING),
                config.option(VxlanKeys.MTU),
                switch (config.option(VxlanKeys.CHECKSUM_OFFLOAD)) {
                    case AUTO -> Optional.empty();
                    case ON -> Optional.of(true);
                    case OFF -> Optional.of(false);
                });
    }
}
