package jflannel.backend;

import jflannel.kernel.Vxlan;
import jflannel.lease.ConfigException;
import jflannel.lease.JsonFields;

/// What the network configuration says of the backend vxlan.
///
/// @param vni VXLAN network identifier
/// @param port UDP port, in host order
/// @param learning the device learns where MAC addresses live from the packets it receives
/// @param groupPolicy the group policy extension is on
/// @param external routes carry the tunnel's end, and there is no fdb
/// @param directRouting peers on one link with this node are reached without the tunnel
/// @param outerMtu the largest outer packet in bytes; 0 for that of the interface to the other nodes
record VxlanOptions(
        int vni,
        int port,
        boolean learning,
        boolean groupPolicy,
        boolean external,
        boolean directRouting,
        int outerMtu) {

    static VxlanOptions of(JsonFields options) {
        int port = options.integer("Port", 0, 0, 65535);
        VxlanOptions read = new VxlanOptions(
                options.integer("VNI", 1, 0, Vxlan.MAX_VNI),
                port == 0 ? Vxlan.USUAL_PORT : port,
                options.bool("Learning", false),
                options.bool("GBP", false),
                options.bool("External", false),
                options.bool("DirectRouting", false),
                options.integer("MTU", 0, 0, 65535));
        if (read.external && (read.learning || read.groupPolicy)) {
            throw new ConfigException(
                    options.where("External"),
                    true,
                    "The options Learning and GBP are for a device with a table of its own: leave them out.");
        }
        return read;
    }
}
