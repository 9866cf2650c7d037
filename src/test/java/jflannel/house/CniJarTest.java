package jflannel.house;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The CNI plugin's jar, which has no others beside it, holds every class that the plugin can reach.
class CniJarTest {
    private static final Pattern INCLUDES =
            Pattern.compile("<classifier>cni</classifier>\\s*<includes>([^<]+)</includes>");

    @Test
    void theJarHoldsAllThatThePluginReaches() throws IOException {
        JavaClasses classes = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("jflannel");
        Set<String> reached = reachedFrom(classes.get("jflannel.cni.FlannelPlugin"));
        assertThat(reached).hasSizeGreaterThan(20).allMatch(name -> isIncluded(name, includes()));
    }

    private static Set<String> reachedFrom(JavaClass start) {
        Set<String> reached = new TreeSet<>();
        Deque<JavaClass> open = new ArrayDeque<>(List.of(start));
        while (!open.isEmpty()) {
            JavaClass next = open.pop();
            if (next.getPackageName().startsWith("jflannel.") && !next.isArray() && reached.add(next.getName())) {
                next.getDirectDependenciesFromSelf().stream()
                        .map(Dependency::getTargetClass)
                        .map(JavaClass::getBaseComponentType)
                        .forEach(open::push);
            }
        }
        return reached;
    }

    private static List<String> includes() {
        try {
            Matcher includes = INCLUDES.matcher(Files.readString(Path.of("pom.xml")));
            assertThat(includes.find()).isTrue();
            return Stream.of(includes.group(1).split(",")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isIncluded(String name, List<String> includes) {
        String path = name.replace('.', '/');
        return includes.stream().anyMatch(pattern -> path.startsWith(pattern.replaceFirst("\\*+$", "")));
    }
}
