package jflannel.vici;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A message of the VICI protocol, or a part of one: names with texts, lists of texts, and sections, in order. As
/// charon's plugin vici defines it:
///
///     1 length name       a section begins          4 length name         a list begins
///     2                   it ends                   5 length text         one of its items
///     3 length name length text                     6                     it ends
///
/// Lengths of names are one byte, those of texts two in network order. Immutable; a message may hold secrets, so its
/// values are in no [#toString].
public final class Section {
    public static final Section EMPTY = new Section(Map.of());

    private static final int SECTION_START = 1;
    private static final int SECTION_END = 2;
    private static final int KEY_VALUE = 3;
    private static final int LIST_START = 4;
    private static final int LIST_ITEM = 5;
    private static final int LIST_END = 6;

    private static final int LONGEST_NAME = 255;
    private static final int LONGEST_TEXT = 65535;
    /// Deeper than any message of charon's.
    private static final int DEEPEST = 8;

    /// String, List of String, or Section.
    private final Map<String, Object> values;

    private Section(Map<String, Object> values) {
        this.values = values;
    }

    /// This section with one more text.
    public Section with(String name, String text) {
        return plus(name, text);
    }

    public Section with(String name, List<String> items) {
        return plus(name, List.copyOf(items));
    }

    public Section with(String name, Section section) {
        return plus(name, section);
    }

    private Section plus(String name, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(values);
        if (more.put(name, value) != null) {
            throw new IllegalArgumentException(name + " is there twice");
        }
        return new Section(Collections.unmodifiableMap(more));
    }

    /// The text with that name; empty if there is none.
    public String text(String name) {
        return values.get(name) instanceof String text ? text : "";
    }

    /// A number in decimal; 0 if there is none.
    public long number(String name) {
        String text = text(name);
        return text.matches("\\d{1,18}") ? Long.parseLong(text) : 0;
    }

    public boolean isYes(String name) {
        return text(name).equals("yes");
    }

    /// The items of the list with that name; none if there is no list.
    public List<String> items(String name) {
        return values.get(name) instanceof List<?> list
                ? list.stream().map(String.class::cast).toList()
                : List.of();
    }

    /// The section with that name; an empty one if there is none.
    public Section section(String name) {
        return values.get(name) instanceof Section section ? section : EMPTY;
    }

    /// The sections in this one, by name, in order.
    public Map<String, Section> sections() {
        Map<String, Section> sections = new LinkedHashMap<>();
        values.forEach((name, value) -> {
            if (value instanceof Section section) {
                sections.put(name, section);
            }
        });
        return sections;
    }

    /// @throws IllegalArgumentException if a name or a text is too long for the protocol
    byte[] encode() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        encode(out);
        return out.toByteArray();
    }

    private void encode(ByteArrayOutputStream out) {
        values.forEach((name, value) -> {
            switch (value) {
                case Section section -> {
                    out.write(SECTION_START);
                    name(name, out);
                    section.encode(out);
                    out.write(SECTION_END);
                }
                case List<?> list -> {
                    out.write(LIST_START);
                    name(name, out);
                    for (Object item : list) {
                        out.write(LIST_ITEM);
                        text((String) item, out);
                    }
                    out.write(LIST_END);
                }
                default -> {
                    out.write(KEY_VALUE);
                    name(name, out);
                    text((String) value, out);
                }
            }
        });
    }

    static void name(String name, ByteArrayOutputStream out) {
        byte[] bytes = name.getBytes(US_ASCII);
        if (bytes.length == 0 || bytes.length > LONGEST_NAME) {
            throw new IllegalArgumentException("a name of %d bytes".formatted(bytes.length));
        }
        out.write(bytes.length);
        out.writeBytes(bytes);
    }

    private static void text(String text, ByteArrayOutputStream out) {
        byte[] bytes = text.getBytes(UTF_8);
        if (bytes.length > LONGEST_TEXT) {
            throw new IllegalArgumentException("a text of %d bytes".formatted(bytes.length));
        }
        out.write(bytes.length >>> 8);
        out.write(bytes.length);
        out.writeBytes(bytes);
    }

    /// @throws ViciException unless it is one whole message
    static Section decode(ByteBuffer in) throws ViciException {
        Section section = decode(in, 0);
        if (in.hasRemaining()) {
            throw new ViciException("a section ends that did not begin");
        }
        return section;
    }

    private static Section decode(ByteBuffer in, int depth) throws ViciException {
        if (depth > DEEPEST) {
            throw new ViciException("sections in sections, more than " + DEEPEST);
        }
        Map<String, Object> values = new LinkedHashMap<>();
        while (in.hasRemaining()) {
            int type = in.get(in.position()) & 0xff;
            if (type == SECTION_END && depth == 0) {
                break;
            }
            in.get();
            switch (type) {
                case SECTION_START -> put(values, name(in), decode(in, depth + 1));
                case KEY_VALUE -> put(values, name(in), text(in));
                case LIST_START -> put(values, name(in), list(in));
                case SECTION_END -> {
                    return new Section(Collections.unmodifiableMap(values));
                }
                default -> throw new ViciException("an element of type " + type);
            }
        }
        if (depth > 0) {
            throw new ViciException("a section does not end");
        }
        return new Section(Collections.unmodifiableMap(values));
    }

    private static void put(Map<String, Object> values, String name, Object value) throws ViciException {
        if (values.put(name, value) != null) {
            throw new ViciException(name + " is there twice");
        }
    }

    private static List<String> list(ByteBuffer in) throws ViciException {
        List<String> items = new ArrayList<>();
        while (in.hasRemaining()) {
            int type = in.get() & 0xff;
            switch (type) {
                case LIST_ITEM -> items.add(text(in));
                case LIST_END -> {
                    return List.copyOf(items);
                }
                default -> throw new ViciException("an element of type %d in a list".formatted(type));
            }
        }
        throw new ViciException("a list does not end");
    }

    static String name(ByteBuffer in) throws ViciException {
        byte[] bytes = bytes(in, in.hasRemaining() ? in.get() & 0xff : 0);
        for (byte each : bytes) {
            if (each <= ' ' || each > '~') {
                throw new ViciException("a name with the byte " + each);
            }
        }
        if (bytes.length == 0) {
            throw new ViciException("an element without a name");
        }
        return new String(bytes, US_ASCII);
    }

    private static String text(ByteBuffer in) throws ViciException {
        if (in.remaining() < 2) {
            throw new ViciException("it ends within a length");
        }
        return new String(bytes(in, in.getShort() & 0xffff), UTF_8);
    }

    private static byte[] bytes(ByteBuffer in, int length) throws ViciException {
        if (in.remaining() < length) {
            throw new ViciException("%d bytes were announced, and %d are there".formatted(length, in.remaining()));
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Section section && values.equals(section.values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    /// The names alone: values may be secret.
    @Override
    public String toString() {
        return "section" + values.keySet();
    }
}
