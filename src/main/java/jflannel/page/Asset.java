package jflannel.page;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/// A file of the page, from this program's jar.
///
/// @param tag changes with the content
/// @param packed by gzip
record Asset(String contentType, String tag, byte[] plain, byte[] packed) {
    private static final int TAG_BYTES = 12;

    /// What a browser takes a file for, by the end of its name.
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "svg", "image/svg+xml");

    static final List<String> NAMES = List.of(
            "index.html",
            "page.css",
            "page.js",
            "dom.js",
            "node.js",
            "traffic.js",
            "peer.js",
            "map.js",
            "peers.js",
            "way.js",
            "icon.svg");

    /// Reads all of them, by path. `/` is the page itself.
    static Map<String, Asset> all() {
        Map<String, Asset> all = new HashMap<>();
        for (String name : NAMES) {
            String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
            all.put("/" + (name.equals("index.html") ? "" : name), read(name, type));
        }
        return all;
    }

    private static Asset read(String name, String type) {
        try (InputStream in = Asset.class.getResourceAsStream(name)) {
            byte[] plain = in.readAllBytes();
            ByteArrayOutputStream packed = new ByteArrayOutputStream();
            try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
                out.write(plain);
            }
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(plain);
            String tag = "W/\"" + HexFormat.of().formatHex(Arrays.copyOf(hash, TAG_BYTES)) + "\"";
            return new Asset(type, tag, plain, packed.toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }
}
