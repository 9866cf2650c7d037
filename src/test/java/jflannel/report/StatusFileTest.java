package jflannel.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import jflannel.json.Json;
import jflannel.status.Board;
import jflannel.status.CloudRouteState;
import jflannel.status.Condition;
import jflannel.status.Facts;
import jflannel.status.FirewallRules;
import jflannel.status.LastRepair;
import jflannel.status.PacketCarriers;
import jflannel.status.Phase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatusFileTest {
    @TempDir
    private Path parent;

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-31T12:00:00.7Z"));
    private final Board board = new Board(now::get);

    private interface Story {
        void tell();
    }

    /// What the file holds after the story, once everything is written.
    private Map<String, Object> after(Story story) throws IOException {
        Path file = parent.resolve("run/status.json");
        try (StatusFile status = new StatusFile(file, List.of("--ip-masq=true"), board, now::get)) {
            board.listen(status);
            story.tell();
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-r--r--");
        assertThat(parent.resolve("run")).isDirectoryNotContaining("glob:**.new");
        return Json.object(Files.readString(file));
    }

    @Test
    void whatWasWrittenCanBeRead() throws IOException {
        Facts facts = new Facts(
                "10.5.1.0/24", "udp", "eth0", 1472, 3, 1, 0, new PacketCarriers(1, Map.of("10.5.2.0/24", "it is old")));
        FirewallRules rules = new FirewallRules("nft", List.of("ip flannel-ipv4"));
        CloudRouteState route = new CloudRouteState(
                "eni-1", List.of("rtb-1: 3 of 500 routes"), true, Instant.parse("2026-01-31T11:59:00Z"));
        after(() -> {
            board.enter(Phase.RUNNING);
            board.note(facts);
            board.note(rules);
            board.note(Optional.of(route));
            board.repaired("deleted route 10.5.2.0/24");
            board.raise(Condition.WORKER_FAILING, "audit", "an error");
        });
        ReportedStatus read = ReportedStatus.parse(Files.readString(parent.resolve("run/status.json")));
        assertThat(read.state()).isEqualTo("degraded");
        assertThat(read.facts()).isEqualTo(facts);
        assertThat(read.firewall()).contains(rules);
        assertThat(read.cloudRoute()).contains(route);
        assertThat(read.lastRepair())
                .contains(new LastRepair(Instant.parse("2026-01-31T12:00:00Z"), "deleted route 10.5.2.0/24"));
        assertThat(read.findings()).singleElement().satisfies(finding -> {
            assertThat(finding.words()).isEqualTo("worker: an error");
            assertThat(finding.subject()).isEqualTo("audit");
            assertThat(finding.since()).isEqualTo("2026-01-31T12:00:00Z");
        });
        assertThat(read.cause()).isEqualTo("worker: an error");
        assertThat(read.flags()).containsExactly("--ip-masq=true");
    }

    @Test
    void showsStateTimeAndCauseWithoutControlCharacters() throws IOException {
        Map<String, Object> file = after(() -> {
            board.enter(Phase.WAITING_FOR_CONFIGURATION);
            board.raise(Condition.NO_CONFIGURATION, "no key\n\u202e\"x\"");
        });
        assertThat(file)
                .containsEntry("state", "waiting-for-configuration")
                .containsEntry("since", "2026-01-31T12:00:00Z")
                .containsEntry("cause", "configuration: no key\\n\\u202e\"x\"");
    }

    @Test
    void theTimeIsThatOfTheStateAndNotOfItsCause() throws IOException {
        Map<String, Object> file = after(() -> {
            board.enter(Phase.WAITING_FOR_CONFIGURATION);
            now.set(Instant.parse("2026-01-31T13:00:00Z"));
            board.raise(Condition.NO_CONFIGURATION, "etcd is down");
        });
        assertThat(file).containsEntry("since", "2026-01-31T12:00:00Z");
    }

    @Test
    void listsConditionsWithTheirRemedies() throws IOException {
        Map<String, Object> file = after(() -> {
            board.enter(Phase.RUNNING);
            board.raise(Condition.STORE_SILENT, "no answer");
            board.note(new Facts("10.5.1.0/24", "vxlan", "eth0", 1450, 3, 1, 0, PacketCarriers.NONE));
        });
        assertThat(file).containsEntry("state", "degraded");
        assertThat(Json.compact(file.get("conditions")))
                .contains("\"code\":\"store-silent\"", "\"severity\":\"degraded\"", "\"detail\":\"no answer\"")
                .contains(Condition.STORE_SILENT.remedy());
        assertThat(Json.compact(file.get("node"))).contains("\"lease\":\"10.5.1.0/24\"", "\"failed\":1");
    }

    @Test
    void aNodeWithoutFindingsIsReady() throws IOException {
        assertThat(after(() -> board.enter(Phase.RUNNING)))
                .containsEntry("state", "ready")
                .containsEntry("cause", "");
    }

    @Test
    void goesOnIfItCannotWriteAndReportsIt() throws IOException {
        Path file = Files.createFile(parent.resolve("file"));
        try (StatusFile status = new StatusFile(file.resolve("status.json"), List.of(), board)) {
            board.listen(status);
            board.enter(Phase.RUNNING);
            await().until(() -> board.isRaised(Condition.STATUS_FILE_FAILING));
            Files.delete(file);
            board.enter(Phase.RUNNING, "the disk works again");
        }
        assertThat(board.isRaised(Condition.STATUS_FILE_FAILING)).isFalse();
        assertThat(board.isRaised(Condition.WORKER_FAILING)).isFalse();
    }
}
