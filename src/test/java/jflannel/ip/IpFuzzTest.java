package jflannel.ip;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/// Text is no address, or one that has the same meaning when it is written again.
class IpFuzzTest {
    @FuzzTest
    void address(byte[] data) {
        try {
            Ip ip = Ip.parse(new String(data, UTF_8));
            assertThat(Ip.parse(ip.toString())).isEqualTo(ip);
            assertThat(Ip.of(ip.bytes())).isEqualTo(ip);
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    @FuzzTest
    void block(byte[] data) {
        try {
            Cidr cidr = Cidr.parse(new String(data, UTF_8));
            assertThat(Cidr.parse(cidr.toString())).isEqualTo(cidr);
            assertThat(cidr.contains(cidr.address())).isTrue();
            assertThat(cidr.contains(cidr.last())).isTrue();
            assertThat(cidr.overlaps(cidr)).isTrue();
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    @FuzzTest
    void mac(byte[] data) {
        try {
            Mac mac = Mac.parse(new String(data, UTF_8));
            assertThat(Mac.parse(mac.toString())).isEqualTo(mac);
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }
}
