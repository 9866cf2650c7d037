package jflannel.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jflannel.ip.Ip;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WayQueryTest {
    @Test
    void readsWhatTheFormSends() {
        assertThat(WayQuery.parse("from=&to=10.5.2.2&protocol=icmp"))
                .isEqualTo(new WayQuery(null, Ip.parse("10.5.2.2"), "icmp", 0));
        assertThat(WayQuery.parse("from=fd00%3A5%3A1%3A%3A2&to=fd00:5:2::2&protocol=tcp&port=443"))
                .isEqualTo(new WayQuery(Ip.parse("fd00:5:1::2"), Ip.parse("fd00:5:2::2"), "tcp", 443));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            | Give IP addresses, such as 10.5.2.2.
            to=                                      | Give IP addresses, such as 10.5.2.2.
            to=example.org                           | Give IP addresses, such as 10.5.2.2.
            to=10.5.2.2;reboot                       | Give IP addresses, such as 10.5.2.2.
            from=x&to=10.5.2.2                       | Give IP addresses, such as 10.5.2.2.
            from=fd00::1&to=10.5.2.2                 | Both addresses must be of one family.
            to=10.5.2.2&protocol=sctp                | The protocol is tcp, udp or icmp.
            to=10.5.2.2&protocol=tcp                 | Give a port from 1 to 65535.
            to=10.5.2.2&protocol=udp&port=0          | Give a port from 1 to 65535.
            to=10.5.2.2&protocol=udp&port=65536      | Give a port from 1 to 65535.
            to=10.5.2.2&protocol=udp&port=-1         | Give a port from 1 to 65535.
            """)
    void refusesAnythingElse(String query, String why) {
        assertThatThrownBy(() -> WayQuery.parse(query))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(why);
    }
}
