package jflannel.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    @ParameterizedTest(name = "{0} becomes {1}")
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            {"b":1,"a":{"d":[],"c":{}}}        | {"a":{"c":{},"d":[]},"b":1}
            { "a" : [ 1 , true , null , "" ] } | {"a":[1,true,null,""]}
            {"a":1e3,"b":1.50,"c":-0,"d":98765432109876543210} | {"a":1e3,"b":1.50,"c":-0,"d":98765432109876543210}
            {"a":1,"a":2}                      | {"a":2}
            {"a":"<&>\\u2028\\u0001\\t\\"\\\\"} | {"a":"\\u003c\\u0026\\u003e\\u2028\\u0001\\t\\"\\\\"}
            {"a":"ü/\\u00fc\\/"}               | {"a":"ü/ü/"}
            """)
    void readsAndWritesAsGoDoes(String given, String written) {
        assertThat(Json.compact(Json.object(given))).isEqualTo(written);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", " ", "null", "[]", "1", "{", "{} {}", "{\"a\":NaN}", "{'a':1}", "{\"a\":01}", "{\"a\":1,}"})
    void refusesWhatIsNotOneObject(String text) {
        assertThatThrownBy(() -> Json.object(text)).isInstanceOf(JsonException.class);
    }

    /// A text that was damaged at random is read as Jackson reads it, or refused by both.
    @Test
    void agreesWithJackson() throws Exception {
        ObjectMapper jackson = JsonMapper.builder()
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build();
        String text =
                "{\"a\": [1, -0.5e+3, true, null],\"b\\u0041\\n\\\"\":{\"c\":{}, \"é\":\"\\\\x\"}, \"d\":[[],false,\"\"]}";
        String letters = "{}[]\",:\\\\u0019aeEtrfn.+- \n\t\0é";
        Random random = new Random(7);
        int read = 0;
        for (int i = 0; i < 30_000; i++) {
            StringBuilder damaged = new StringBuilder(text);
            for (int j = random.nextInt(4); j > 0; j--) {
                int at = random.nextInt(damaged.length());
                char letter = letters.charAt(random.nextInt(letters.length()));
                switch (random.nextInt(3)) {
                    case 0 -> damaged.setCharAt(at, letter);
                    case 1 -> damaged.insert(at, letter);
                    default -> damaged.deleteCharAt(at);
                }
            }
            JsonNode theirs = null;
            try {
                theirs = jackson.readTree(damaged.toString());
            } catch (JsonProcessingException e) {
                // refused
            }
            Map<String, Object> ours = null;
            try {
                ours = Json.object(damaged.toString());
                read++;
            } catch (JsonException e) {
                // refused
            }
            assertThat(ours == null).as(damaged.toString()).isEqualTo(theirs == null || !theirs.isObject());
            if (ours != null) {
                assertThat(jackson.readTree(Json.compact(ours))).isEqualTo(theirs);
            }
        }
        assertThat(read).isBetween(5_000, 25_000);
    }

    @Test
    void refusesWhatIsNestedTooDeeply() {
        String text = "{\"a\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}";
        assertThatThrownBy(() -> Json.object(text)).isInstanceOf(JsonException.class);
    }

    @Test
    void indentsByFourBlanks() {
        assertThat(Json.indented(Json.object("{\"a\":[1,{\"b\":{}}],\"c\":[]}")))
                .isEqualTo("""
                {
                    "a": [
                        1,
                        {
                            "b": {}
                        }
                    ],
                    "c": []
                }""");
        assertThat(Json.indented(List.of())).isEqualTo("[]");
    }
}
