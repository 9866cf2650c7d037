package jflannel.lease;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.json.Json;

/// An [Announcement] as the value of a lease in etcd, byte for byte as Go flannel writes it:
///
/// ```json
/// {"PublicIP":"192.0.2.10","PublicIPv6":null,"BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"82:4b:b6:2f:54:4e"}}
/// ```
///
/// A node whose MTU is not the usual 1500 adds `"MTU":9000`, which Go flannel ignores. It is not part of BackendData,
/// because Go flannel recovers its MAC address by splitting that text.
public final class AnnouncementJson {
    /// The longest value to accept, in characters. The largest real ones contain the output of an extension's
    /// command.
    public static final int LONGEST = 64 * 1024;

    private static final String WIREGUARD_KEY = "PublicKey";

    private AnnouncementJson() {}

    public static String format(Announcement announced) {
        return Json.compact(fields(announced));
    }

    /// As a JSON object, to embed in another.
    public static Map<String, Object> fields(Announcement announced) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("PublicIP", announced.publicIp(Family.IPV4).orElse(Ip.ANY_V4).toString());
        json.put("PublicIPv6", announced.publicIp(Family.IPV6).map(Ip::toString).orElse(null));
        if (!announced.backendType().isEmpty()) {
            json.put("BackendType", announced.backendType());
        }
        announced.backendData(Family.IPV4).ifPresent(data -> json.put("BackendData", inGosOrder(Json.value(data))));
        announced.backendData(Family.IPV6).ifPresent(data -> json.put("BackendV6Data", inGosOrder(Json.value(data))));
        if (announced.mtu() != 0) {
            json.put("MTU", new Json.Number(String.valueOf(announced.mtu())));
        }
        return json;
    }

    /// Parses untrusted text. Ignores unknown fields, and the case of names.
    ///
    /// @throws IllegalArgumentException if `json` is not an announcement; the message says what is wrong
    public static Announcement parse(String json) {
        if (json.length() > LONGEST) {
            throw new IllegalArgumentException("it is longer than " + LONGEST + " characters");
        }
        Map<Family, Ip> publicIps = new EnumMap<>(Family.class);
        Map<Family, String> backendData = new EnumMap<>(Family.class);
        String backendType = "";
        int mtu = 0;
        for (Map.Entry<String, Object> field : Json.object(json).entrySet()) {
            Object value = field.getValue();
            if (value == null) {
                continue;
            }
            switch (field.getKey().toLowerCase(Locale.ROOT)) {
                case "publicip" -> address(field.getKey(), value, Family.IPV4, publicIps);
                case "publicipv6" -> address(field.getKey(), value, Family.IPV6, publicIps);
                case "backendtype" -> backendType = string(field.getKey(), value);
                case "backenddata" -> backendData.put(Family.IPV4, Json.compact(inGosOrder(value)));
                case "backendv6data" -> backendData.put(Family.IPV6, Json.compact(inGosOrder(value)));
                case "mtu" -> mtu = number(value);
                default -> {} // newer versions may have more
            }
        }
        return new Announcement(publicIps, backendType, backendData, mtu);
    }

    /// Go flannel writes backends' data in alphabetical order, except that WireGuard's key comes first.
    private static Object inGosOrder(Object data) {
        if (!(data instanceof Map<?, ?> fields) || !fields.containsKey(WIREGUARD_KEY)) {
            return data;
        }
        Map<Object, Object> ordered = new LinkedHashMap<>();
        ordered.put(WIREGUARD_KEY, fields.get(WIREGUARD_KEY));
        ordered.putAll(fields);
        return ordered;
    }

    private static void address(String field, Object value, Family family, Map<Family, Ip> publicIps) {
        String text = string(field, value);
        Ip ip;
        try {
            ip = Ip.parse(text);
        } catch (IllegalArgumentException e) {
            ip = null;
        }
        if (ip == null || ip.family() != family) {
            throw new IllegalArgumentException("%s \"%s\" is not an %s address".formatted(field, text, family.title()));
        }
        if (!ip.isAny()) { // how "none" is written
            publicIps.put(family, ip);
        }
    }

    /// @return 0 for what is none: it is not worth losing the node
    private static int number(Object value) {
        return value instanceof Json.Number(String digits) && digits.matches("[0-9]{1,5}")
                ? Integer.parseInt(digits)
                : 0;
    }

    private static String string(String field, Object value) {
        if (value instanceof String string) {
            return string;
        }
        throw new IllegalArgumentException(field + " is not a string");
    }
}
