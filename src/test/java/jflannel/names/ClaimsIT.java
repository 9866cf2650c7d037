package jflannel.names;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import jflannel.linux.AbstractSocket;
import jflannel.names.Claims.Kind;
import jflannel.testing.Host;
import jflannel.testing.OwnNetns;
import jflannel.testing.Sh;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(OwnNetns.class)
class ClaimsIT {
    private static final Owner RED =
            new Owner("/red/network", ProcessHandle.current().pid());

    @Test
    void theFirstHasItAndTheSecondLearnsWho() {
        try (Claims red = new Claims("/red/network");
                Claims blue = new Claims("/blue/network")) {
            assertThat(red.take(Kind.DEVICE, "flannel.1")).isEmpty();
            assertThat(red.take(Kind.DEVICE, "flannel.1")).isEmpty();
            assertThat(blue.take(Kind.DEVICE, "flannel.1")).contains(RED);
            assertThat(blue.take(Kind.DEVICE, "flannel.11")).isEmpty();
            assertThat(blue.take(Kind.NAMES, "flannel.1")).isEmpty();
            assertThat(RED).hasToString("the flanneld of /red/network, pid " + RED.pid());
        }
    }

    @Test
    void whatIsGivenBackIsFree() {
        try (Claims red = new Claims("/red/network");
                Claims blue = new Claims("/blue/network")) {
            red.take(Kind.DEVICE, "flannel.1");
            assertThat(blue.take(Kind.DEVICE, "flannel.1")).isPresent();
            red.take(Kind.DEVICE, "flannel.3");
            red.take(Kind.NAMES, "red");
            red.keepOnly(Kind.DEVICE, Set.of("flannel.3"));
            assertThat(blue.take(Kind.DEVICE, "flannel.3")).isPresent();
            assertThat(blue.take(Kind.NAMES, "red")).isPresent();
            assertThat(blue.take(Kind.DEVICE, "flannel.1")).isEmpty();
            assertThat(red.take(Kind.DEVICE, "flannel.1").map(Owner::place)).contains("/blue/network");
        }
    }

    @Test
    void everyNetworkNamespaceIsAHostOfItsOwn() throws Exception {
        try (Host other = new Host("other");
                Claims red = new Claims("/red/network");
                Claims blue = new Claims("/blue/network")) {
            red.take(Kind.DEVICE, "flannel.1");
            assertThat(other.call(() -> blue.take(Kind.DEVICE, "flannel.1"))).isEmpty();
        }
    }

    @Test
    void longPlacesAreToldApart() {
        String place = "/a".repeat(100);
        try (Claims red = new Claims(place + "red");
                Claims blue = new Claims(place + "blue")) {
            assertThat(red.take(Kind.PLACE, place + "red")).isEmpty();
            assertThat(blue.take(Kind.PLACE, place + "blue")).isEmpty();
            assertThat(new Claims(place + "red").take(Kind.PLACE, place + "red"))
                    .isPresent();
        }
    }

    @Test
    void aUserWithoutRootsRightsKeepsNobodyOut() throws Exception {
        Process user = listener("device/flannel.1", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");
        try (Claims red = new Claims("/red/network")) {
            assertThat(AbstractSocket.holder("@jflannel/device/flannel.1").map(AbstractSocket.Holder::uid))
                    .contains(65534);
            assertThat(red.take(Kind.DEVICE, "flannel.1")).isEmpty();
        } finally {
            user.destroyForcibly();
        }
    }

    @Test
    void aFileIsTheSameUnderEveryPath(@TempDir Path folder) throws Exception {
        Path real = Files.createDirectory(folder.resolve("real"));
        Path alias = Files.createSymbolicLink(folder.resolve("alias"), real);
        try (Claims red = new Claims("/red/network");
                Claims blue = new Claims("/blue/network")) {
            assertThat(red.takeFile(real.resolve("subnet.env"))).isEmpty();
            assertThat(blue.takeFile(alias.resolve("subnet.env"))).contains(RED);
            assertThat(blue.takeFile(alias.resolve("blue.env"))).isEmpty();
            assertThat(blue.takeFile(folder.resolve("subnet.env"))).isEmpty();
        }
    }

    @Test
    void aClaimEndsWithItsProcess() throws Exception {
        Process other = listener("names/default");
        try (Claims red = new Claims("/red/network")) {
            assertThat(red.take(Kind.NAMES, "default")).contains(new Owner("", other.pid()));
            other.destroyForcibly().waitFor();
            assertThat(red.take(Kind.NAMES, "default")).isEqualTo(Optional.empty());
        }
    }

    @Test
    void findsGoFlannelAmongTheProcesses(@TempDir Path folder) throws Exception {
        Path program = Files.copy(Path.of("/usr/bin/sleep"), folder.resolve("flanneld"));
        Process go = new ProcessBuilder(program.toString(), "1000").start();
        try {
            assertThat(RunningFlanneld.ofGo()).extracting(RunningFlanneld::pid).containsExactly(go.pid());
            assertThat(RunningFlanneld.ofGo().getFirst().owner()).isEqualTo(new Owner("/coreos.com/network", go.pid()));
            assertThat(Sh.sh("readlink /proc/" + go.pid() + "/ns/net")).isNotEmpty();
        } finally {
            go.destroyForcibly();
        }
    }

    /// Another process that has a name, until it is ended.
    private static Process listener(String name, String... by) throws Exception {
        String script = "socket(S, AF_UNIX, SOCK_STREAM, 0) && bind(S, pack_sockaddr_un(qq(\\0jflannel/" + name
                + "))) && listen(S, 5) or die $!; $| = 1; print qq(listens\\n); sleep 1000";
        List<String> command = new ArrayList<>(List.of(by));
        Collections.addAll(command, "perl", "-MSocket", "-e", script);
        Process process = new ProcessBuilder(command).start();
        assertThat(process.inputReader().readLine()).isEqualTo("listens");
        return process;
    }
}
