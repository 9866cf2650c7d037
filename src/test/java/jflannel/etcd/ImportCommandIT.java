package jflannel.etcd;

import static jflannel.etcd.Nodes.PREFIX;
import static jflannel.etcd.Nodes.SUBNETS;
import static jflannel.etcd.Nodes.etcdctl;
import static jflannel.etcd.Nodes.put;
import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jflannel.testing.FlannelCommand;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// With an etcd that still speaks API version 2, as Debian's does if it is asked to.
@ExtendWith(OwnNetns.class)
class ImportCommandIT {
    private static final String CONFIG = "{ \"Network\": \"10.1.0.0/16\", \"Backend\": {\"Type\": \"vxlan\"} }";
    private static final String LEASE =
            "{\"PublicIP\":\"192.0.2.%d\",\"BackendType\":\"vxlan\",\"BackendData\":{\"VtepMAC\":\"ba:b4:1b:5d:88:%02d\"}}";

    @TempDir
    Path directory;

    private FlannelCommand.Said importing(String... more) {
        List<String> words = new ArrayList<>(
                List.of("import-v2", directory.resolve("dump").toString(), "--etcd-endpoints=" + Nodes.URL));
        words.addAll(List.of(more));
        return FlannelCommand.run(words.toArray(String[]::new));
    }

    private static void old(String words) throws IOException {
        sh("ETCDCTL_API=2 etcdctl " + words);
    }

    private void dump() throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create(Nodes.URL + "/v2/keys" + PREFIX + "?recursive=true"))
                    .build();
            assertThat(client.send(request, BodyHandlers.ofFile(directory.resolve("dump")))
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void aGenuineDumpOfVersion2BecomesKeysOfVersion3() throws Exception {
        try (Nodes nodes = new Nodes(directory, "", "--enable-v2=true")) {
            old("set %s/config '%s'".formatted(PREFIX, CONFIG));
            old("set --ttl 7200 %s10.1.15.0-24 '%s'".formatted(SUBNETS, LEASE.formatted(5, 5)));
            old("set --ttl 7200 %s10.1.17.0-24 '%s'".formatted(SUBNETS, LEASE.formatted(7, 7)));
            old("set %s10.1.16.0-24 '{\"PublicIP\":\"192.0.2.6\"}'".formatted(SUBNETS));
            old("set %s10.1.16.0-23 '%s'".formatted(SUBNETS, LEASE.formatted(8, 8)));
            old("set %sjunk x".formatted(SUBNETS));
            old("set %s/blue/config x".formatted(PREFIX));
            dump();

            FlannelCommand.Said dry = importing();
            assertThat(dry.output())
                    .contains(
                            "to write      " + SUBNETS + "10.1.15.0-24: the lease of 192.0.2.5, for 1:59 h\n",
                            "to write      " + SUBNETS + "10.1.16.0-24: a reservation for 192.0.2.6\n",
                            "to write      " + PREFIX + "/config: the network configuration\n",
                            "REFUSED       " + SUBNETS + "10.1.16.0-23: ",
                            "REFUSED       " + SUBNETS + "junk: ",
                            "left out      " + PREFIX + "/blue/config: it is no key of flannel's\n",
                            "nothing was written; --apply writes 4 keys\n");
            assertThat(dry.exitCode()).isEqualTo(1);
            assertThat(etcdctl("get --prefix / --keys-only")).isBlank();

            put(SUBNETS + "10.1.17.0-24", "{\"PublicIP\":\"192.0.2.77\"}");
            assertThat(importing("--apply").output())
                    .contains(
                            "written       " + SUBNETS + "10.1.15.0-24",
                            "REFUSED       " + SUBNETS
                                    + "10.1.17.0-24: version 3 has it for 192.0.2.77, which stays\n");
            assertThat(Nodes.get(PREFIX + "/config")).isEqualTo(CONFIG);
            assertThat(Nodes.get(SUBNETS + "10.1.15.0-24")).isEqualTo(LEASE.formatted(5, 5));
            assertThat(etcdctl("lease timetolive " + Nodes.etcdLease(SUBNETS + "10.1.15.0-24")))
                    .containsPattern("granted with TTL\\(7[12]\\d\\ds\\)");
            assertThat(Nodes.etcdLease(SUBNETS + "10.1.16.0-24")).isEqualTo("0");
            assertThat(Nodes.get(SUBNETS + "10.1.17.0-24")).isEqualTo("{\"PublicIP\":\"192.0.2.77\"}");
            assertThat(Nodes.keys()).containsExactlyInAnyOrder("10.1.15.0-24", "10.1.16.0-24", "10.1.17.0-24");

            assertThat(importing("--apply").output())
                    .contains("there already " + SUBNETS + "10.1.15.0-24", "there already " + PREFIX + "/config")
                    .doesNotContain("written");
            assertThat(nodes.node("192.0.2.6").subnet()).hasToString("10.1.16.0/24");
        }
    }
}
