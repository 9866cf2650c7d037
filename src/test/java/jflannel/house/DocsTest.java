package jflannel.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jflannel.lab.LabCommand;
import jflannel.options.Options;
import jflannel.tool.Main;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class DocsTest {
    private static final Path ROOT = Path.of("");
    private static final int LONGEST = 140;

    private static Set<String> flags() {
        Set<String> flags = new TreeSet<>(Options.names());
        flags.add("--help");
        addFlags(new CommandLine(Main.class).addSubcommand(LabCommand.class), flags);
        return flags;
    }

    private static void addFlags(CommandLine command, Set<String> flags) {
        command.getCommandSpec().options().forEach(option -> flags.addAll(List.of(option.names())));
        command.getSubcommands().values().forEach(subcommand -> addFlags(subcommand, flags));
    }

    private static List<Path> documents() throws IOException {
        List<Path> documents = new ArrayList<>();
        for (Path folder : List.of(ROOT, Path.of("docs"))) {
            try (Stream<Path> files = Files.walk(folder, folder.equals(ROOT) ? 1 : 9)) {
                files.filter(file -> file.toString().endsWith(".md")).forEach(documents::add);
            }
        }
        return documents;
    }

    @Test
    void documentsNameOnlyWhatThereIs() throws IOException {
        DocsCheck check = DocsCheck.of(ROOT, flags());
        assertThat(documents()).hasSizeGreaterThan(3);
        List<String> complaints = new ArrayList<>();
        for (Path document : documents()) {
            complaints.addAll(check.complaints(document, Files.readString(document)));
        }
        assertThat(complaints).isEmpty();
    }

    @Test
    void proseHasShortLines() throws IOException {
        List<String> complaints = new ArrayList<>();
        for (Path document : documents()) {
            complaints.addAll(tooLong(document.toString(), Files.readString(document)));
        }
        assertThat(complaints).isEmpty();
    }

    @Test
    void noticesALongLineOfProseOnly() {
        String line = "x".repeat(LONGEST + 1);
        assertThat(tooLong("f", line)).containsExactly("f:1: is longer than 140 columns");
        assertThat(tooLong("f", line.substring(1))).isEmpty();
        assertThat(tooLong("f", "| " + line)).isEmpty();
        assertThat(tooLong("f", "```\n" + line + "\n```\n" + line)).containsExactly("f:4: is longer than 140 columns");
    }

    /// Rows of tables and code cannot be broken.
    private static List<String> tooLong(String name, String text) {
        List<String> complaints = new ArrayList<>();
        boolean fenced = false;
        int number = 0;
        for (String line : text.split("\n")) {
            number++;
            if (line.strip().startsWith("```")) {
                fenced = !fenced;
            } else if (!fenced && !line.startsWith("|") && line.length() > LONGEST) {
                complaints.add(name + ":" + number + ": is longer than " + LONGEST + " columns");
            }
        }
        return complaints;
    }

    @Test
    void everyTargetOfTheFuzzerIsListedWithWhatItReads() throws IOException {
        Pattern target = Pattern.compile("@FuzzTest[^\n]*\n    void (\\w+)\\(");
        List<String> targets = new ArrayList<>();
        try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
            for (Path file :
                    files.filter(it -> it.toString().endsWith("FuzzTest.java")).toList()) {
                target.matcher(Files.readString(file)).results().forEach(found -> targets.add(found.group(1)));
            }
        }
        assertThat(targets).hasSizeGreaterThan(20);
        List<String> table = Files.readString(Path.of("docs/security.md"))
                .lines()
                .filter(line -> line.contains("FuzzTest`"))
                .toList();
        assertThat(targets).allMatch(name -> table.stream().anyMatch(line -> line.contains("`" + name + "`")));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            Set --etcd-prefx to the prefix.                   | there is no flag --etcd-prefx
            Set `--etcd-prefx=/x` to it.                      | there is no flag --etcd-prefx
            Run `flanneld --iface=eth0 --ip-mask`.            | there is no flag --ip-mask
            Run `A=b flannel lab --node 2`.                   | there is no flag --node
            See `src/main/java/jflannel/Missing.java`.        | there is no file src/main/java/jflannel/Missing.java
            See `docs/missing/`.                              | there is no file docs/missing/
            Run `./flanel build`.                             | there is no file ./flanel
            A `ControlLooop` decides.                         | there is no class or key ControlLooop
            A `SubnetLenght` of 24.                           | there is no class or key SubnetLenght
            It calls `Ip.parsed`.                             | the class Ip has no parsed
            It calls `Ip#parsed(String)`.                     | the class Ip has no parsed
            See [there](missing.md).                          | the link leads nowhere: missing.md
            See [there](../src/missing).                      | the link leads nowhere: ../src/missing
            See [there](architecture.md#no-such-thing).       | there is no such heading: architecture.md#no-such-thing
            """)
    void noticesAWrongName(String text, String complaint) throws IOException {
        assertThat(DocsCheck.of(ROOT, flags()).complaints(Path.of("docs/x.md"), text))
                .containsExactly("docs/x.md: " + complaint);
    }

    @Test
    void noticesAWrongFlagInABlockOfCode() throws IOException {
        assertThat(DocsCheck.of(ROOT, flags()).complaints(Path.of("x.md"), """
                ```
                etcdctl put --unknown x
                flanneld --iface=eth0 \\
                  --ip-mask
                docker run --net=host img | flanneld --subnet-fil=x
                ```
                And --ip-mak is wrong too.
                """))
                .containsExactly(
                        "x.md: there is no flag --ip-mask",
                        "x.md: there is no flag --subnet-fil",
                        "x.md: there is no flag --ip-mak");
    }

    @Test
    void acceptsWhatThereIs() throws IOException {
        assertThat(DocsCheck.of(ROOT, flags()).complaints(Path.of("docs/x.md"), """
                Give `--iface=eth0` or --ip-masq, `flannel lab --nodes 3`, `sudo docker run --bip x`; a `DaemonSet` has `SubnetLen`.
                `Ip.parse("x")` is in `src/main/java/jflannel/ip/Ip.java`; `net/ipv4/ip_forward` and `10.5.0.0/16` are no files.
                [Here](architecture.md#the-ideas), [there](https://example.net/x), [that](../pom.xml).
                """))
                .isEmpty();
    }
}
