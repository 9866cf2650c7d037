package jflannel.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonStreamTest {
    private static final ObjectMapper OTHER = new ObjectMapper();

    /// @param bufferSize small ones put the end of the buffer at every place of the text
    private static JsonStream stream(String text, int bufferSize) {
        return new JsonStream(new ByteArrayInputStream(text.getBytes(UTF_8)), bufferSize);
    }

    private static JsonStream stream(String text) {
        return stream(text, 64);
    }

    /// The strings and numbers below a value, each with its place, in order.
    private static List<String> leaves(JsonStream json, String place) throws IOException {
        List<String> leaves = new ArrayList<>();
        json.object(name -> {
            switch (name.charAt(0)) {
                case 's' -> leaves.add(place + name + "=" + json.string());
                case 'i' -> leaves.add(place + name + "=" + json.integer());
                case 'o' -> leaves.addAll(leaves(json, place + name + "."));
                case 'a' -> json.array(() -> leaves.addAll(leaves(json, place + name + "[].")));
                default -> {} // not asked for
            }
        });
        return leaves;
    }

    private static List<String> leaves(JsonNode json, String place) {
        List<String> leaves = new ArrayList<>();
        json.properties().forEach(field -> {
            String at = place + field.getKey();
            JsonNode value = field.getValue();
            switch (field.getKey().charAt(0)) {
                case 's' -> leaves.add(at + "=" + (value.isTextual() ? value.asText() : ""));
                case 'i' -> leaves.add(at + "=" + (value.isInt() ? value.asInt() : 0));
                case 'o' -> leaves.addAll(leaves(value, at + "."));
                case 'a' -> {
                    if (value.isArray()) {
                        value.forEach(element -> leaves.addAll(leaves(element, at + "[].")));
                    }
                }
                default -> {}
            }
        });
        return leaves;
    }

    private static String value(Random random, int depth) {
        return switch (random.nextInt(depth > 4 ? 6 : 8)) {
            case 0 -> "null";
            case 1 -> random.nextBoolean() ? "true" : "false";
            case 2 -> String.valueOf(random.nextInt());
            case 3 -> random.nextInt(100) + "." + random.nextInt(100) + "e-3";
            case 4 ->
                "\"" + "pla\u00edn \\u00e4\\n\\\"\\\\ \\ud83d\\ude00 \uD83D\uDE00 ".substring(random.nextInt(8)) + "\"";
            case 5 -> "\"x\"";
            case 6 -> object(random, depth + 1);
            default -> "[ " + value(random, depth + 1) + " ,\n" + value(random, depth + 1) + "]";
        };
    }

    private static String object(Random random, int depth) {
        StringBuilder text = new StringBuilder("{");
        for (int i = random.nextInt(5); i > 0; i--) {
            text.append("\"%c%d\" : %s%s"
                    .formatted("sioax".charAt(random.nextInt(5)), i, value(random, depth), i == 1 ? "" : ","));
        }
        return text.append("}").toString();
    }

    @Test
    void readsWhatAnotherReaderReads() throws IOException {
        Random random = new Random(1);
        for (int i = 0; i < 3_000; i++) {
            String text = object(random, 0);
            List<String> expected = leaves(OTHER.readTree(text), "");
            assertThat(leaves(stream(text, 1 + random.nextInt(40)), ""))
                    .as(text)
                    .isEqualTo(expected);
        }
    }

    @Test
    void countsAValueOfAnotherTypeAsEmpty() throws IOException {
        JsonStream json = stream("{\"a\":1} [\"b\"] 17 \"c\" null \"last\"");
        assertThat(json.string()).isEmpty();
        assertThat(json.string()).isEmpty();
        assertThat(json.string()).isEmpty();
        assertThat(json.integer()).isZero();
        json.object(name -> {
            throw new AssertionError(name);
        });
        assertThat(json.isAtEnd()).isFalse();
        assertThat(json.string()).isEqualTo("last");
        assertThat(json.isAtEnd()).isTrue();
    }

    @Test
    void givesOutAValueAlthoughTheNextHasNotArrived() throws IOException {
        InputStream stalled = new InputStream() {
            private final InputStream first = new ByteArrayInputStream("{\"n\":\"v\"}\n".getBytes(UTF_8));

            @Override
            public int read() {
                throw new AssertionError("reads in pieces");
            }

            @Override
            public int read(byte[] into, int at, int length) throws IOException {
                int count = first.read(into, at, length);
                if (count < 0) {
                    throw new AssertionError("reads on though it has the value");
                }
                return count;
            }
        };
        List<String> values = new ArrayList<>();
        JsonStream json = new JsonStream(stalled);
        json.await();
        json.await();
        json.object(name -> values.add(json.string()));
        assertThat(values).containsExactly("v");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "{\"o1\":{}",
                "{\"s1\"}",
                "{\"s1\":}",
                "{\"s1\":\"a}",
                "{\"s1\":\"a\" \"s2\":1}",
                "{s1:1}",
                "{\"s1\":\"\\x\"}",
                "{\"s1\":\"\\u12\"}",
                "{\"s1\":\"\\ud83dx\"}",
                "{\"s1\":\"a\tb\"}",
                "{\"x1\":[1,2}",
                "{\"s1\":?}",
                "]",
                "{\"i1\":1,}"
            })
    void refusesWhatIsNoJson(String text) {
        assertThatThrownBy(() -> leaves(stream(text), ""))
                .isInstanceOf(MalformedJsonException.class)
                .hasMessageStartingWith("not JSON: ");
    }

    @Test
    void refusesWhatIsTooDeepOrTooLong() {
        assertThatThrownBy(() -> leaves(stream("{\"o1\":".repeat(500)), ""))
                .hasMessageContaining("more than 200 levels");
        assertThatThrownBy(() -> stream("\"" + "\u00e4".repeat(600_000) + "\"").string())
                .hasMessageContaining("a string of more than 1048576 bytes");
    }
}
