package jflannel.backend;

import java.util.OptionalInt;
import jflannel.ip.Mac;
import jflannel.kernel.Vxlan;
import jflannel.lease.JsonFields;

/// What the vxlan backend publishes of its device: `{"VNI":1,"VtepMAC":"82:4b:b6:2f:54:4e"}`, byte for byte as Go
/// flannel writes it, because that recovers its own MAC address by splitting this text.
///
/// @param vni VXLAN network identifier; early versions of Go flannel did not publish it
/// @param mac the Ethernet address of the node's vxlan device
record VtepData(OptionalInt vni, Mac mac) {
    private static final String EXAMPLE = "{\"VNI\":1,\"VtepMAC\":\"82:4b:b6:2f:54:4e\"}";

    /// @throws RuntimeException that says what is wrong if `json` is not such an object
    static VtepData parse(String json) {
        JsonFields fields = JsonFields.parse("BackendData", json, EXAMPLE);
        if (!fields.has("VtepMAC")) {
            throw new IllegalArgumentException("it publishes no VtepMAC");
        }
        Mac mac = Mac.parse(fields.string("VtepMAC", ""));
        if (mac.isMulticast() || mac.bits() == 0) {
            throw new IllegalArgumentException(mac + " cannot be the address of one device");
        }
        int vni = fields.integer("VNI", 0, 0, Vxlan.MAX_VNI);
        return new VtepData(fields.has("VNI") ? OptionalInt.of(vni) : OptionalInt.empty(), mac);
    }

    String json() {
        return "{\"VNI\":" + vni.orElse(0) + ",\"VtepMAC\":\"" + mac + "\"}";
    }
}
