package jflannel.cni;

import java.nio.file.Path;
import java.util.Map;
import jflannel.json.Json;
import jflannel.json.JsonException;
import jflannel.names.DaemonFiles;

/// A network configuration as the runtime sends it.
///
/// @param cniVersion empty if it says none
/// @param delegate the beginning of the delegate's configuration; empty if there is none
/// @param ipam empty if there is none
/// @param runtimeConfig null if there is none
/// @param all every field, also those that only some commands need
record NetConf(
        String cniVersion,
        String name,
        Path subnetFile,
        Path dataDir,
        Map<String, Object> delegate,
        Map<String, Object> ipam,
        Map<String, Object> runtimeConfig,
        Map<String, Object> all) {
    static final String SUBNET_FILE = DaemonFiles.SUBNET;
    static final String DATA_DIR = "/var/lib/cni/flannel";

    /// @throws CniException if it is not JSON, a field has the wrong type, or the name cannot be used
    static NetConf parse(String text) {
        Map<String, Object> all;
        try {
            all = Json.object(text);
        } catch (JsonException e) {
            throw new CniException(CniException.DECODING, "failed to load netconf: " + e.getMessage());
        }
        String name = string(all, "name", "");
        if (name.isEmpty()) {
            throw new CniException(CniException.NETWORK_CONFIGURATION, "missing network name");
        }
        if (!Request.isName(name)) {
            throw new CniException(
                    CniException.NETWORK_CONFIGURATION, "invalid characters found in network name", name);
        }
        Map<String, Object> none = Map.of();
        return new NetConf(
                string(all, "cniVersion", ""),
                name,
                Path.of(string(all, "subnetFile", SUBNET_FILE)),
                Path.of(string(all, "dataDir", DATA_DIR)),
                object(all, "delegate", none),
                object(all, "ipam", none),
                object(all, "runtimeConfig", null),
                all);
    }

    private static String string(Map<String, Object> all, String field, String otherwise) {
        Object value = find(all, field);
        if (value == null || value.equals("")) {
            return otherwise;
        }
        if (value instanceof String text && text.indexOf('\0') < 0) {
            return text;
        }
        throw wrongType(field, value, "a string");
    }

    @SuppressWarnings("unchecked") // objects that were read have strings as keys
    private static Map<String, Object> object(Map<String, Object> all, String field, Map<String, Object> otherwise) {
        Object value = find(all, field);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Map<?, ?> object) {
            return (Map<String, Object>) object;
        }
        throw wrongType(field, value, "an object");
    }

    private static CniException wrongType(String field, Object value, String need) {
        return new CniException(
                CniException.DECODING,
                "failed to load netconf: " + field + ": " + Json.compact(value) + " cannot be used. Give " + need
                        + ".");
    }

    /// Go's decoder does not mind the case of field names, so configurations may rely on that.
    private static Object find(Map<String, Object> all, String field) {
        Object exact = all.get(field);
        if (exact == null) {
            for (Map.Entry<String, Object> entry : all.entrySet()) {
                if (entry.getKey().equalsIgnoreCase(field)) {
                    return entry.getValue();
                }
            }
        }
        return exact;
    }
}
