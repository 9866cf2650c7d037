package jflannel.cloud.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class XmlTest {
    @Test
    void readsWhatEc2Answers() {
        Xml xml = Xml.parse("""
                <?xml version="1.0" encoding="UTF-8"?>
                <DescribeRouteTablesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
                    <routeTableSet>
                        <item><routeTableId>rtb-1</routeTableId><tagSet/></item>
                        <item><routeTableId>a &amp; b &#x41;&#66; &lt;c&gt;</routeTableId></item>
                    </routeTableSet>
                </DescribeRouteTablesResponse>
                """);
        assertThat(xml.name()).isEqualTo("DescribeRouteTablesResponse");
        assertThat(xml.items("routeTableSet").map(item -> item.text("routeTableId")))
                .containsExactly("rtb-1", "a & b AB <c>");
        assertThat(xml.text("nextToken")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<a>",
                "<a></b>",
                "<a/><b/>",
                "text",
                "<a>&b;</a>",
                "<a>&#99999999;</a>",
                "<a>&amp</a>",
                "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
                "<>x</>"
            })
    void refusesEverythingElse(String text) {
        assertThatThrownBy(() -> Xml.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void isNotLedIntoTheDepths() {
        assertThatThrownBy(() -> Xml.parse("<a>".repeat(100_000))).isInstanceOf(IllegalArgumentException.class);
    }
}
