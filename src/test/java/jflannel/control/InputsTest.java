package jflannel.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lease.NetworkConfig;
import jflannel.options.Options;
import jflannel.underlay.Underlay;
import org.junit.jupiter.api.Test;

class InputsTest {
    private static final NetworkConfig OLD = network("10.5.0.0/16");
    private static final NetworkConfig NEW = network("10.6.0.0/16");

    private final Options options = Options.parse(List.of(), Map.of());
    private final Map<Family, Ip> address = Map.of(Family.IPV4, Ip.parse("192.0.2.1"));
    private final Inputs inputs = new Inputs(
            OLD,
            new Underlay("eth0", 1500, address, address),
            options.iface,
            Credentials.of(options.etcd),
            null, // no change of a configuration is a question to the kernel
            options,
            () -> {});

    private static NetworkConfig network(String network) {
        return NetworkConfig.parse(
                "test", "{\"Network\":\"" + network + "\",\"EnableNFTables\":true,\"Backend\":{\"Type\":\"host-gw\"}}");
    }

    @Test
    void aConfigurationThatIsTakenBackAtOnceIsNoChange() {
        assertThat(inputs.change(() -> NEW)).contains("from " + OLD.source().text());
        assertThat(inputs.network()).isEqualTo(NEW);
        assertThat(inputs.change(() -> OLD)).isEmpty();
        assertThat(inputs.network()).isEqualTo(OLD);
    }
}
