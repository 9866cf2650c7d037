package jflannel.testing;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import jflannel.linux.Command;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OwnNetns.class)
class OwnNetnsIT {
    private String before;

    @BeforeEach
    void look() throws Exception {
        before = sh("readlink /proc/self/ns/net");
    }

    @Test
    void whatComesBeforeATestIsInItsNamespaceToo() throws Exception {
        assertThat(before)
                .isEqualTo(sh("readlink /proc/self/ns/net"))
                .isNotEqualTo(sh("readlink /proc/" + ProcessHandle.current().pid() + "/ns/net"));
    }

    @Test
    void startsWithALoopbackDeviceOnly() throws Exception {
        assertThat(sh("ip -br link | wc -l")).isEqualTo("1");
        assertThat(sh("ls /run")).isEmpty();
    }

    @Test
    void refusesToFetch() throws Exception {
        assertThat(OwnNetns.fetching()).isNotEmpty();
        for (Path program : OwnNetns.fetching()) {
            Command.Result result = Command.attempt("", program.toString(), "--version");
            assertThat(result.exitCode()).as(program + result.output()).isEqualTo(1);
            assertThat(result.errors()).contains("is refused: a test has no network");
        }
    }
}
