package jflannel.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import jflannel.lease.DockerOptions;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.testing.LogLines;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DockerOptionsFileTest {
    private static final String SUBNET_FILE =
            "FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.1.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n";
    private static final String ELSEWHERE = SUBNET_FILE.replace("10.244.1.1", "10.244.7.1");
    private static final Map<String, String> ENVIRONMENT = Map.of("DOCKER_OPT_DEBUG", "-D");

    @TempDir
    Path folder;

    private final Board board = new Board();
    private Path path;
    private DockerOptionsFile file;
    private LogLines log;

    @BeforeEach
    void prepare() {
        path = folder.resolve("made/docker_opts.env");
        file = keptIn(path);
        log = new LogLines(DockerOptionsFile.class);
    }

    @AfterEach
    void close() {
        log.close();
    }

    @Test
    void followsTheSubnetFile() {
        assertThat(file.converge(SUBNET_FILE)).isTrue();
        assertThat(path).hasContent(DockerOptions.text(SUBNET_FILE, ENVIRONMENT));
        assertThat(log.all()).containsExactly("wrote the options for Docker to " + path);

        file.converge(ELSEWHERE);
        assertThat(path).hasContent(DockerOptions.text(ELSEWHERE, ENVIRONMENT));
        assertThat(log.all().getLast()).contains("have changed", "must be restarted");
    }

    @Test
    void goesWithTheSubnetFile() {
        file.converge(SUBNET_FILE);
        assertThat(file.converge("")).isTrue();
        assertThat(path).doesNotExist();
        assertThat(file.converge("")).isTrue();
    }

    @Test
    void aChangeSinceTheLastRunIsToldToo() {
        file.converge(SUBNET_FILE);
        keptIn(path).converge(ELSEWHERE);
        assertThat(log.all().getLast()).contains("have changed");
    }

    @Test
    void leavesAFileAloneThatIsAsItShouldBe() throws Exception {
        file.converge(SUBNET_FILE);
        Files.setLastModifiedTime(path, FileTime.fromMillis(0));
        assertThat(file.converge(SUBNET_FILE)).isTrue();
        assertThat(Files.getLastModifiedTime(path)).isEqualTo(FileTime.fromMillis(0));
    }

    @Test
    void aFileThatCannotBeWrittenIsACondition() throws Exception {
        Files.createDirectories(path);
        assertThat(file.converge(SUBNET_FILE)).isFalse();
        assertThat(board.isRaised(Condition.DOCKER_OPTIONS_FAILING)).isTrue();

        Files.delete(path);
        assertThat(file.converge(SUBNET_FILE)).isTrue();
        assertThat(board.isRaised(Condition.DOCKER_OPTIONS_FAILING)).isFalse();
    }

    @Test
    void withoutAPathAndWithoutAFileOfTheScriptThereIsNothingToDo() {
        assertThat(keptIn(null).converge(SUBNET_FILE)).isTrue();
        assertThat(folder).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(strings = {"flannel/docker_opts.env", "docker_opts.env"})
    void withoutAPathWhatTheScriptWroteIsKeptRight(String name) throws Exception {
        Path written = folder.resolve(name);
        Files.createDirectories(written.getParent());
        Files.writeString(written, "DOCKER_OPTS=\" --bip=10.244.1.1/24 --allow-direct-routing --mtu=1400\"\n");
        keptIn(null).converge(ELSEWHERE);
        assertThat(written).hasContent("DOCKER_OPTS=\" --bip=10.244.7.1/24 --allow-direct-routing --mtu=1450\"\n");
        assertThat(log.all().getLast()).contains(written.toString(), "have changed", "must be restarted");
    }

    @Test
    void aFileAboutABridgeElsewhereIsNoneOfOurBusiness() throws Exception {
        Path written = Files.writeString(folder.resolve("docker_opts.env"), "DOCKER_OPTS=--bip=172.17.0.1/16\n");
        keptIn(null).converge(ELSEWHERE);
        assertThat(written).hasContent("DOCKER_OPTS=--bip=172.17.0.1/16\n");
    }

    @Test
    void aLinkStaysOne() throws Exception {
        Path written = Files.writeString(folder.resolve("real"), "--bip=10.244.1.1/24");
        Files.createSymbolicLink(folder.resolve("docker_opts.env"), written);
        keptIn(null).converge(ELSEWHERE);
        assertThat(written).hasContent("--bip=10.244.7.1/24");
    }

    private DockerOptionsFile keptIn(Path own) {
        return new DockerOptionsFile(own, folder.resolve("flannel/subnet.env"), board, ENVIRONMENT);
    }
}
