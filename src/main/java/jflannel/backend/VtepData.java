package jflannel.backend;

import jflannel.ip.Mac;
import jflannel.kernel.Vxlan;
import jflannel.lease.JsonFields;

/// What the vxlan backend publishes of its device: `{"VNI":1,"VtepMAC":"82:4b:b6:2f:54:4e"}`, byte for byte as
/// Go flannel writes it, which takes its own MAC address back by splitting this text.
///
/// @param vni VXLAN network identifier
/// @param mac the Ethernet address of the node's vxlan device
record VtepData(int vni, Mac mac) {
    /// @throws RuntimeException with the fault in words if `json` is not such an object
    static VtepData parse(String json) {
        JsonFields fields = JsonFields.parse("BackendData", json, "{\"VNI\":1,\"VtepMAC\":\"82:4b:b6:2f:54:4e\"}");
        Mac mac = Mac.parse(fields.string("VtepMAC", ""));
        if (mac.isMulticast() || mac.bits() == 0) {
            throw new IllegalArgumentException(mac + " cannot be the address of one device");
        }
        return new VtepData(fields.integer("VNI", 0, 0, Vxlan.MAX_VNI), mac);
    }

    String json() {
        return "{\"VNI\":" + vni + ",\"VtepMAC\":\"" + mac + "\"}";
    }
}
