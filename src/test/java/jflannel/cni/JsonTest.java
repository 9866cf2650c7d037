package jflannel.cni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
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
        assertThatThrownBy(() -> Json.object(text))
                .isInstanceOfSatisfying(
                        CniException.class, e -> assertThat(e.code()).isEqualTo(CniException.DECODING));
    }

    @Test
    void refusesWhatIsNestedTooDeeply() {
        String text = "{\"a\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}";
        assertThatThrownBy(() -> Json.object(text)).isInstanceOf(CniException.class);
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
