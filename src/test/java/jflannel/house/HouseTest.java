package jflannel.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// House rules for every text file of the repository.
class HouseTest {
    private static final Path ROOT = Path.of("");
    private static final int LONGEST = 400;

    // put together here, so that this file keeps its own rules
    private static final Pattern UNFINISHED = Pattern.compile("\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b");
    private static final Pattern SOMEBODYS_MACHINE = Pattern.compile("(?<![\\w.>}-])/(wo" + "rk|ho" + "me)/\\w");

    @Test
    void everyFileKeepsTheHouseRules() throws IOException {
        List<String> complaints = new ArrayList<>();
        List<Path> files = files();
        assertThat(files).hasSizeGreaterThan(100);
        for (Path file : files) {
            complaints.addAll(complaints(file.toString(), Files.readString(file)));
        }
        assertThat(complaints).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            x              | f: does not end with a line break
            x~~            | f: ends with an empty line
            a~>b~          | f:2: is indented with a tab
            a ~            | f:1: ends with a blank
            a TO+DO b~     | f:1: is unfinished
            see /wo+rk/x~  | f:1: names a place on somebody's machine
            """)
    void noticesABrokenRule(String text, String complaint) {
        String content = text.replace("+", "").replace('~', '\n').replace('>', '\t');
        assertThat(complaints("f", content)).containsExactly(complaint);
    }

    @Test
    void noticesAFileThatIsTooLong() {
        assertThat(complaints("f", "x\n".repeat(LONGEST))).isEmpty();
        assertThat(complaints("f", "x\n".repeat(LONGEST + 1))).containsExactly("f: has more than 400 lines");
    }

    private static List<String> complaints(String name, String text) {
        List<String> complaints = new ArrayList<>();
        if (!text.isEmpty() && !text.endsWith("\n")) {
            complaints.add(name + ": does not end with a line break");
        }
        if (text.endsWith("\n\n")) {
            complaints.add(name + ": ends with an empty line");
        }
        List<String> lines = text.lines().toList();
        if (lines.size() > LONGEST) {
            complaints.add(name + ": has more than " + LONGEST + " lines");
        }
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            String at = name + ":" + (i + 1) + ": ";
            if (line.startsWith("\t")) { // elsewhere it may be what another program prints
                complaints.add(at + "is indented with a tab");
            }
            if (line.endsWith(" ")) {
                complaints.add(at + "ends with a blank");
            }
            if (UNFINISHED.matcher(line).find()) {
                complaints.add(at + "is unfinished");
            }
            if (SOMEBODYS_MACHINE.matcher(line).find()) {
                complaints.add(at + "names a place on somebody's machine");
            }
        }
        return complaints;
    }

    /// All text files but those that tools make, and the license, whose words are not ours.
    private static List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> entries = Files.list(ROOT)) {
            for (Path entry : entries.toList()) {
                String name = entry.toString();
                boolean ours = !name.startsWith(".") || name.equals(".ci") || name.equals(".editorconfig");
                if (ours && !List.of("target", "LICENSE").contains(name)) {
                    try (Stream<Path> below = Files.walk(entry)) {
                        below.filter(HouseTest::isText).forEach(files::add);
                    }
                }
            }
        }
        return files;
    }

    private static boolean isText(Path file) {
        try {
            return Files.isRegularFile(file)
                    && !file.toString().contains("FuzzTestInputs/") // any bytes
                    && !new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains("\0");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
