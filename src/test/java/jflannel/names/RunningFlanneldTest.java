package jflannel.names;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunningFlanneldTest {
    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            flanneld --ip-masq                                      | true
            /opt/bin/flanneld -iface=eth0                           | true
            /bin/sh /usr/sbin/flanneld --ip-masq                    | true
            /usr/lib/jflannel/runtime/bin/java -cp x jflannel.daemon.Flanneld | true
            /usr/bin/java -cp x jflannel.tool.Main uninstall        | false
            /bin/sh /usr/bin/flannel uninstall                      | false
            journalctl -u flanneld                                  | false
            less /etc/default/flanneld                              | false
            sh -c flanneld                                          | false
            sh                                                      | false
            /usr/bin/flanneld-exporter                              | false
            """)
    void isKnownByItsCommandLine(String command, boolean isFlanneld) {
        assertThat(RunningFlanneld.isFlanneld(List.of(command.split(" ")))).isEqualTo(isFlanneld);
    }

    @Test
    void threadsOfTheKernelHaveNoCommandLine() {
        assertThat(RunningFlanneld.isFlanneld(List.of())).isFalse();
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            flanneld                                                     | /coreos.com/network
            flanneld --etcd-prefix=/red/network/                         | /red/network
            flanneld -iface eth0 -etcd-prefix /red/network -v 1          | /red/network
            flanneld --ip-masq --kube-subnet-mgr                         | flannel.alpha.coreos.com
            flanneld --kube-subnet-mgr --kube-annotation-prefix=x.org    | x.org
            flanneld --kube-subnet-mgr=false --etcd-prefix=/red          | /red
            """)
    void itsCommandLineSaysWhereItsLeasesAre(String command, String place) {
        assertThat(new RunningFlanneld(0, List.of(command.split(" "))).owner().place())
                .isEqualTo(place);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            /opt/bin/flanneld -iface=eth0 -v 1                                      | -iface=eth0 -v 1 | true
            /bin/sh /usr/sbin/flanneld --ip-masq                                    | --ip-masq        | true
            /usr/bin/java -XX:+UseSerialGC -cp x jflannel.daemon.Flanneld --ip-masq | --ip-masq        | false
            """)
    void itsFlagsFollowTheProgram(String command, String flags, boolean go) {
        RunningFlanneld flanneld = new RunningFlanneld(0, List.of(command.split(" ")));
        assertThat(String.join(" ", flanneld.arguments())).isEqualTo(flags);
        assertThat(flanneld.isGo()).isEqualTo(go);
    }
}
