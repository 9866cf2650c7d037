package jflannel.underlay;

import static org.assertj.core.api.Assertions.assertThat;

import jflannel.ip.Ip;
import org.junit.jupiter.api.Test;

class ResolversTest {
    @Test
    void theNameServersOfOthersAreRead() {
        assertThat(Resolvers.in("""
                        # made by a program
                        search example.org
                        nameserver 127.0.0.53
                          nameserver\t192.0.2.53
                        nameserver 2001:db8::53
                        nameserver fe80::1%eth0
                        nameserver example.org
                        nameserver
                        ;nameserver 192.0.2.54
                        options edns0
                        """)).containsExactly(Ip.parse("192.0.2.53"), Ip.parse("2001:db8::53"));
    }
}
