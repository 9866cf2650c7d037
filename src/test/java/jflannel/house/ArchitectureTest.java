package jflannel.house;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final Path PICTURE = Path.of("docs/architecture.md");

    @Test
    void packagesUseOnlyWhatThePictureSays() throws IOException {
        JavaClasses classes = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("jflannel");
        assertThat(classes).hasSizeGreaterThan(100);
        assertThat(Arrows.of("jflannel", Files.readString(PICTURE)).complaints(classes))
                .isEmpty();
    }

    @Test
    void everyPackageOfThePictureExists() throws IOException {
        Arrows arrows = Arrows.of("jflannel", Files.readString(PICTURE));
        assertThat(arrows.allowed()).hasSizeGreaterThanOrEqualTo(10);
        assertThat(arrows.allowed().keySet())
                .allMatch(name -> Files.isDirectory(Path.of("src/main/java/jflannel", name)));
    }

    @Test
    void readsThePicture() {
        assertThat(Arrows.of("x", """
                        | package | what lives there | may use |
                        |---|---|---|
                        | `a` | things, `B` | nothing |
                        | `b` | more | a |
                        | `c` | most | a, b |
                        | `d` | rest | all above |
                        """).allowed())
                .hasSize(4)
                .containsEntry("a", Set.of())
                .containsEntry("b", Set.of("a"))
                .containsEntry("c", Set.of("a", "b"))
                .containsEntry("d", Set.of("a", "b", "c"));
    }

    /// A guard that never barks may be deaf: these classes break every rule there is.
    @Test
    void noticesPlantedViolations() {
        String root = "jflannel.house.planted";
        Arrows arrows = Arrows.of(root, """
                | `ip` | | nothing |
                | `linux` | | nothing |
                | `netlink` | | ip, linux |
                | `etcd` | | ip |
                | `daemon` | | all above |
                """);
        assertThat(arrows.complaints(new ClassFileImporter().importPackages(root)))
                .containsExactly(
                        root + ".daemon.Program must not use java.lang.Runtime.exec",
                        root + ".ip.Fact must not use " + root + ".netlink.Mechanism",
                        root + ".netlink.Mechanism must not use java.lang.ProcessBuilder",
                        root + ".netlink.Mechanism must not use java.lang.foreign.Linker",
                        root + ".netlink.Mechanism$Inner must not use io.grpc.",
                        root + ".stray.Stray lives in a package that the table does not know");
    }
}
