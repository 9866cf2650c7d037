package jflannel.names;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class DaemonFilesTest {
    private static final Path SUBNET = Path.of("/run/flannel/subnet.env");
    private static final Path BLUE = Path.of("/run/flannel/blue.env");

    @Test
    void eachSubnetFileHasAStatusOfItsOwn() {
        assertThat(DaemonFiles.status(SUBNET)).isEqualTo(Path.of("/run/flannel/status.json"));
        assertThat(DaemonFiles.status(BLUE)).isEqualTo(Path.of("/run/flannel/blue-status.json"));
        assertThat(DaemonFiles.status(Path.of("/run/flannel/.env")))
                .isEqualTo(Path.of("/run/flannel/.env-status.json"));
    }

    @Test
    void eachSubnetFileHasANoteOfItsNetworksName() {
        assertThat(DaemonFiles.name(SUBNET)).isEqualTo(Path.of("/run/flannel/subnet.name"));
        assertThat(DaemonFiles.name(BLUE)).isEqualTo(Path.of("/run/flannel/blue.name"));
    }

    @Test
    void knowsWhatDaemonsLeftInAFolder() {
        List<String> folder = List.of(
                "subnet.env",
                "status.json",
                "subnet.name",
                "blue.env",
                "blue-status.json",
                "blue.name",
                ".blue.env123.new",
                ".status77.new",
                "docker_opts.env",
                ".docker_opts.env1.new",
                "others.env",
                "notes.json",
                ".others.new");
        assertThat(folder.stream().filter(DaemonFiles.ofDaemons(folder, SUBNET)))
                .containsExactlyElementsOf(folder.subList(0, 10));
    }

    @Test
    void knowsStateFilesOfEveryNetwork() {
        assertThat(List.of("state.json", "state-blue.json", ".state.json123.new", "state.json.old"))
                .allMatch(DaemonFiles::isState);
        assertThat(List.of("estate.json", "state.txt", "state-toolong.json")).noneMatch(DaemonFiles::isState);
    }

    @Test
    void networksKeepTheirStateApart() {
        Path state = Path.of("/var/lib/flannel/state.json");
        assertThat(DaemonFiles.state(state, Names.DEFAULT)).isEqualTo(state);
        assertThat(DaemonFiles.state(state, new Names("blue"))).isEqualTo(Path.of("/var/lib/flannel/state-blue.json"));
        assertThat(DaemonFiles.state(Path.of("/x/state.json"), new Names("blue")))
                .as("the operator's choice")
                .isEqualTo(Path.of("/x/state.json"));
    }
}
