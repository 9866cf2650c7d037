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

class DockerOptionsFileTest {
    private static final String SUBNET_FILE = "FLANNEL_SUBNET=10.244.1.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n";
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
        file = new DockerOptionsFile(path, board, ENVIRONMENT);
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
        new DockerOptionsFile(path, board, ENVIRONMENT).converge(ELSEWHERE);
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
    void withoutAPathThereIsNothingToDo() {
        assertThat(new DockerOptionsFile(null, board, ENVIRONMENT).converge(SUBNET_FILE))
                .isTrue();
        assertThat(folder).isEmptyDirectory();
    }
}
