package jflannel.lease;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// An [Announcement] as the value of a lease in etcd, byte for byte as Go flannel writes it:
///
/// ```json
/// {"PublicIP":"192.0.2.10","PublicIPv6":null,"BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"82:4b:b6:2f:54:4e"}}
/// ```
public final class AnnouncementJson {
    /// The longest value that is read, in characters. The largest real ones hold the output of an extension's command.
    public static final int LONGEST = 64 * 1024;

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private AnnouncementJson() {}

    public static String format(Announcement announced) {
        StringBuilder json = new StringBuilder(200)
                .append("{\"PublicIP\":\"")
                .append(announced.publicIp(Family.IPV4).orElse(Ip.ANY_V4))
                .append("\",\"PublicIPv6\":")
                .append(announced
                        .publicIp(Family.IPV6)
                        .map(ip -> "\"" + ip + "\"")
                        .orElse("null"));
        if (!announced.backendType().isEmpty()) {
            String word = new String(JsonStringEncoder.getInstance().quoteAsString(announced.backendType()));
            json.append(",\"BackendType\":").append(asGoWrites('"' + word + '"'));
        }
        announced
                .backendData(Family.IPV4)
                .ifPresent(data -> json.append(",\"BackendData\":").append(asGoWrites(data)));
        announced
                .backendData(Family.IPV6)
                .ifPresent(data -> json.append(",\"BackendV6Data\":").append(asGoWrites(data)));
        return json.append('}').toString();
    }

    /// Reads what any node may have written. Unknown fields are left alone, names match whatever their case; backend
    /// data is checked to be JSON and given as its text.
    ///
    /// @throws IllegalArgumentException if `json` is no announcement; the message says what is wrong
    public static Announcement parse(String json) {
        if (json.length() > LONGEST) {
            throw new IllegalArgumentException("it is longer than " + LONGEST + " characters");
        }
        try (JsonParser in = JSON.createParser(json)) {
            expect(in.nextToken() == JsonToken.START_OBJECT, "it is not a JSON object");
            Announcement announced = object(json, in);
            expect(in.nextToken() == null, "text follows the JSON object");
            return announced;
        } catch (JsonParseException e) {
            throw new IllegalArgumentException("it is not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) { // limits of the parser: depth, length of a number
            throw new IllegalArgumentException("it is not usable JSON: " + e.getMessage(), e);
        }
    }

    private static Announcement object(String json, JsonParser in) throws IOException {
        Map<Family, Ip> publicIps = new EnumMap<>(Family.class);
        Map<Family, String> backendData = new EnumMap<>(Family.class);
        String backendType = "";
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String field = in.currentName();
            JsonToken value = in.nextToken();
            if (value == JsonToken.VALUE_NULL) {
                continue;
            }
            switch (field.toLowerCase(Locale.ROOT)) {
                case "publicip" -> address(field, in, Family.IPV4, publicIps);
                case "publicipv6" -> address(field, in, Family.IPV6, publicIps);
                case "backendtype" -> backendType = string(field, in);
                case "backenddata" -> backendData.put(Family.IPV4, raw(json, in));
                case "backendv6data" -> backendData.put(Family.IPV6, raw(json, in));
                default -> in.skipChildren(); // newer versions may say more
            }
        }
        return new Announcement(publicIps, backendType, backendData);
    }

    private static void address(String field, JsonParser in, Family family, Map<Family, Ip> publicIps)
            throws IOException {
        Ip ip = Ip.parse(string(field, in));
        expect(ip.family() == family, field + " " + ip + " is of the wrong family");
        if (!ip.isAny()) { // how "none" is written
            publicIps.put(family, ip);
        }
    }

    private static String string(String field, JsonParser in) throws IOException {
        expect(in.currentToken() == JsonToken.VALUE_STRING, field + " is not a string");
        return in.getText();
    }

    /// The text of the value at which the parser stands, as it was written.
    private static String raw(String json, JsonParser in) throws IOException {
        int from = (int) in.currentTokenLocation().getCharOffset();
        in.skipChildren();
        in.finishToken();
        return json.substring(from, (int) in.currentLocation().getCharOffset());
    }

    private static void expect(boolean met, String otherwise) {
        if (!met) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    /// Go's encoder drops white space between tokens, and escapes what could end a script element in HTML.
    private static String asGoWrites(String json) {
        StringBuilder out = new StringBuilder(json.length());
        boolean inString = false;
        boolean escaped = false;
        for (char c : json.toCharArray()) {
            if (!inString && (c == ' ' || c == '\t' || c == '\r' || c == '\n')) {
                continue;
            }
            if (c == '"' && !escaped) {
                inString = !inString;
            }
            escaped = c == '\\' && !escaped;
            switch (c) {
                case '<', '>', '&', '\u2028', '\u2029' -> out.append("\\u%04x".formatted((int) c));
                default -> out.append(c);
            }
        }
        return out.toString();
    }
}
