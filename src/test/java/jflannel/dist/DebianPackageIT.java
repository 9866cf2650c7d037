package jflannel.dist;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import jflannel.linux.Command;
import jflannel.options.Options;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The Debian package: what is in it, how it is installed into an empty folder, and how it runs from there.
@ExtendWith(OwnNetns.class)
class DebianPackageIT {
    /// Where the package is installed for those tests that leave it as it is.
    @TempDir
    static Path shared;

    @TempDir
    Path root;

    private static void dpkg(Path root, String words) throws IOException {
        // the maintainer scripts are told by DPKG_ROOT where they are; the empty folder has nothing to run them with
        sh("dpkg --root=%s --force-script-chrootless --force-depends --force-bad-path --no-triggers %s"
                .formatted(root, words));
    }

    private static void install(Path root) throws IOException {
        Files.createDirectories(root.resolve("var/lib/dpkg/updates"));
        Files.createDirectories(root.resolve("var/lib/dpkg/info"));
        Path status = root.resolve("var/lib/dpkg/status");
        if (!Files.exists(status)) {
            Files.createFile(status);
        }
        dpkg(root, "-i " + Packages.deb());
    }

    private static Path installed() throws IOException {
        if (!Files.exists(shared.resolve("usr/sbin/flanneld"))) {
            install(shared);
        }
        return shared;
    }

    @Test
    void holdsWhatAHostNeedsAndBelongsToRoot() throws Exception {
        assertThat(sh("dpkg-deb -f %s Package Depends".formatted(Packages.deb())))
                .contains("Package: jflannel")
                .contains("iptables | nftables")
                .doesNotContainIgnoringCase("jdk")
                .doesNotContainIgnoringCase("jre");
        String contents = sh("dpkg-deb -c " + Packages.deb());
        assertThat(contents)
                .contains("./usr/sbin/flanneld -> ../lib/jflannel/bin/flanneld")
                .contains("./usr/bin/flannel -> ../lib/jflannel/bin/flannel")
                .contains("./usr/lib/cni/flannel -> ../jflannel/cni/flannel")
                .contains("./usr/lib/jflannel/bin/mk-docker-opts.sh")
                .contains("./usr/lib/jflannel/runtime/legal/java.base/")
                .contains("./usr/lib/systemd/system/flanneld.service")
                .contains("./usr/lib/systemd/network/50-flannel.link")
                .contains("./usr/lib/NetworkManager/conf.d/50-flannel.conf")
                .contains("./usr/share/doc/jflannel/copyright")
                .contains("./usr/share/man/man1/flannel.1.gz", "./usr/share/man/man8/flanneld.8.gz")
                .contains("./usr/share/bash-completion/completions/flannel\n")
                .contains("./usr/share/zsh/vendor-completions/_flanneld\n")
                .contains("./usr/share/fish/vendor_completions.d/flannel.fish\n");
        assertThat(contents.lines()).allMatch(line -> line.contains(" root/root "));
        assertThat(contents.lines().filter(line -> !line.startsWith("l") && line.charAt(8) == 'w'))
                .as("may be written by everybody")
                .isEmpty();
        assertThat(sh("dpkg-deb -I %s conffiles".formatted(Packages.deb()))).isEqualTo("/etc/default/flanneld");
    }

    @Test
    void leavesTheLabInTheSourceTree() throws Exception {
        Path lib = installed().resolve("usr/lib/jflannel/lib");
        try (JarFile product = new JarFile(lib.resolve("jflannel.jar").toFile())) {
            assertThat(product.stream().map(JarEntry::getName))
                    .contains("jflannel/daemon/Flanneld.class", "jflannel/tool/Main.class")
                    .noneMatch(name -> name.startsWith("jflannel/lab/"));
        }
        assertThat(lib.resolve("jflannel-lab.jar")).doesNotExist();
        String flannel = installed().resolve("usr/bin/flannel").toString();
        assertThat(Command.attempt("", flannel, "--help").output())
                .contains("uninstall")
                .doesNotContain("lab");
        Command.Result lab = Command.attempt("", flannel, "lab");
        assertThat(lab.exitCode()).isNotZero();
        assertThat(lab.errors()).contains("./flannel lab");
    }

    @Test
    void whatCloudsNeedIsAPackageOfItsOwn() throws Exception {
        assertThat(sh("dpkg-deb -c " + Packages.deb())).doesNotContain("awssdk", "google-auth", "lib/cloud");
        assertThat(sh("dpkg-deb -c " + Packages.cloudDeb()))
                .contains(
                        "./usr/lib/jflannel/lib/cloud/jflannel-cloud.jar", "./usr/share/doc/jflannel-cloud/copyright");
        assertThat(sh("dpkg-deb -f %s Depends".formatted(Packages.cloudDeb())))
                .isEqualTo("jflannel (= %s)".formatted(sh("dpkg-deb -f %s Version".formatted(Packages.deb()))));
    }

    @Test
    void settingsSurviveAnUpgradeAndARemoval() throws Exception {
        install(root);
        Path settings = root.resolve("etc/default/flanneld");
        assertThat(sh("(. %s; set) | grep ^FLANNEL || :".formatted(settings)))
                .as("what is commented out says what the defaults are")
                .isEmpty();
        Files.writeString(settings, "FLANNEL_OPTIONS=--ip-masq\n");
        install(root);
        assertThat(settings).hasContent("FLANNEL_OPTIONS=--ip-masq");
        assertThat(sh("cd %s && md5sum --quiet -c var/lib/dpkg/info/jflannel.md5sums".formatted(root)))
                .isEmpty();
        dpkg(root, "-r jflannel");
        assertThat(settings).exists();
        assertThat(root.resolve("usr/lib/jflannel")).doesNotExist();
        dpkg(root, "-P jflannel");
        assertThat(settings).doesNotExist();
    }

    @ParameterizedTest(name = "{0}, nftables: {1}")
    @CsvSource({"VXLAN, false", "UDP, true"})
    void runsWithoutAJdkAndWithTheCapabilitiesOfItsUnit(Scenario scenario, boolean nftables) throws Exception {
        Path flanneld = Sandbox.program(root.resolve("start"), installed().resolve("usr/sbin/flanneld"));
        LabSetup setup = LabSetup.of(scenario)
                .withNftables(nftables)
                .withFlanneld(1, flanneld)
                .withFlanneld(2, flanneld);
        try (Lab lab = Lab.with(setup)) {
            assertThat(lab.reach(1, 2, Family.IPV4, 30)).isPositive();
            long pid = lab.node(1).flanneld().pid();
            assertThat(sh("readlink /proc/%d/exe".formatted(pid)))
                    .isEqualTo(
                            shared.resolve("usr/lib/jflannel/runtime/bin/java").toString());
            assertThat(sh("grep CapEff /proc/%d/status".formatted(pid)))
                    .as("CAP_NET_BIND_SERVICE, CAP_NET_ADMIN, CAP_NET_RAW and CAP_BPF: bits 10, 12, 13 and 39")
                    .endsWith("0000008000003400");
            String rules = lab.node(1).sh(nftables ? "nft list ruleset" : "iptables-save");
            assertThat(rules).containsIgnoringCase("masquerade");
            assertThat(lab.node(1).flanneld().output()).doesNotContainPattern("(?m)^[EW]\\d{4}");
        }
    }

    /// Machine code in the cache would be that of this machine's processor, and stop Java on a lesser one.
    @ParameterizedTest
    @CsvSource({"bin/flanneld --version", "bin/flannel --version"})
    void theCachesHoldClassesButNoMachineCode(String command) throws Exception {
        Command.Result result = Command.attempt(
                "",
                "sh",
                "-c",
                "JFLANNEL_JAVA_OPTS='-XX:AOTMode=on -Xlog:aot+codecache*=debug:stderr' %s/usr/lib/jflannel/%s"
                        .formatted(installed(), command));
        assertThat(result.exitCode()).as(result.errors()).isZero();
        assertThat(result.output() + result.errors()).contains("AOT Code Cache is empty");
    }

    @Test
    void systemdUnderstandsItsUnit() throws Exception {
        assumeTrue(Command.find("systemd-analyze").isPresent(), "systemd-analyze is missing (package systemd)");
        Path unit = root.resolve("flanneld.service");
        Files.copy(Path.of("src/packaging/systemd/flanneld.service"), unit);
        Command.Result verdict = Command.attempt("", "systemd-analyze", "verify", "--man=no", unit.toString());
        assertThat(verdict.exitCode()).as(verdict.errors()).isZero();
        assertThat(verdict.errors().lines().filter(line -> line.contains("flanneld.service")))
                .isEmpty();
        // 10 is "unsafe"; the threshold is given in tenths
        Command.Result exposure = Command.attempt(
                "", "systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=32", unit.toString());
        assertThat(exposure.exitCode()).as(exposure.output()).isZero();
    }

    @Test
    void dockerFindsItsOptionsWhereTheUnitHasThemKept() throws Exception {
        String kept = Sandbox.unit("Environment").replace("FLANNELD_DOCKER_OPTS_FILE=", "");
        assertThat(Options.parse(List.of(), Map.of("FLANNELD_DOCKER_OPTS_FILE", kept)).node.dockerOptsFile)
                .isEqualTo(Path.of("/run", Sandbox.unit("RuntimeDirectory").split(" ")[0], "docker_opts.env"));
        // in the test's private /run
        sh("mkdir /run/flannel; echo kept >" + kept);
        sh(Sandbox.unit("ExecStartPre").replaceFirst(".*(/bin/ln )", "$1"));
        assertThat(Path.of("/run/docker_opts.env")).hasContent("kept");
    }

    @ParameterizedTest(name = "{0} -> {1}")
    @CsvSource(delimiter = '|', emptyValue = "", textBlock = """
            ''                                                          | []
            FLANNEL_ETCD_ENDPOINTS=http://e:2379                        | [--etcd-endpoints=http://e:2379]
            FLANNEL_ETCD_PREFIX=/a FLANNEL_ETCD_ENDPOINTS=http://e:2379 | [--etcd-endpoints=http://e:2379][--etcd-prefix=/a]
            FLANNEL_ETCD_PREFIX=                                        | []
            """)
    void theUnitTurnsSettingsIntoFlags(String settings, String flags) throws Exception {
        String[] start = Sandbox.unit("ExecStart").replace("$$", "$").split("'");
        Path show = Files.writeString(root.resolve("flanneld"), "#!/bin/sh\nprintf '[%s]' \"$@\"\n");
        assertThat(show.toFile().setExecutable(true)).isTrue();
        String script = start[1].replace("/usr/sbin/flanneld", show.toString());
        // systemd makes words of $FLANNEL_OPTIONS itself
        assertThat(sh("env -i %s sh -c '%s' flanneld".formatted(settings, script)))
                .isEqualTo(flags);
        assertThat(sh("env -i %s sh -c '%s' flanneld --ip-masq 'a b'".formatted(settings, script)))
                .isEqualTo((flags.equals("[]") ? "" : flags) + "[--ip-masq][a b]");
    }
}
