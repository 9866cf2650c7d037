package jflannel.backend;

import jflannel.kernel.WireguardKey;
import jflannel.lease.JsonFields;
import jflannel.lease.LeasedSubnet;

/// What the wireguard backend publishes of a device, as Go flannel does: `{"PublicKey":"…","Port":51820}`.
///
/// @param key the device's public key
/// @param port where it listens; 0 if the node does not say, as early versions of Go flannel did not
record WireguardData(WireguardKey key, int port) {
    private static final String EXAMPLE = "{\"PublicKey\":\"…\",\"Port\":51820}";

    /// @throws RuntimeException that says what is wrong if `json` is not such an object
    static WireguardData parse(String json) {
        JsonFields fields = JsonFields.parse("BackendData", json, EXAMPLE);
        if (!fields.has("PublicKey")) {
            throw new IllegalArgumentException("it publishes no PublicKey");
        }
        WireguardKey key;
        try {
            key = WireguardKey.parse(fields.string("PublicKey", ""));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("its PublicKey is none: " + e.getMessage(), e);
        }
        return new WireguardData(key, fields.integer("Port", 0, 0, 65535));
    }

    /// True if a node published a key for a subnet, whatever else it published.
    static boolean isIn(LeasedSubnet peer) {
        return peer.backendData() != null
                && JsonFields.parse("BackendData", peer.backendData(), EXAMPLE).has("PublicKey");
    }

    String json() {
        return "{\"PublicKey\":\"" + key + "\",\"Port\":" + port + "}";
    }
}
