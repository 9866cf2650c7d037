package jflannel.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import jflannel.ip.Ip;
import jflannel.kernel.DeviceCounts;
import jflannel.kernelpath.Counts;
import jflannel.options.ServerAddress;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.status.Facts;
import jflannel.status.PacketCarriers;
import jflannel.status.Phase;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The page in a real browser, which has no network but this namespace.
@ExtendWith(OwnNetns.class)
class StatusPageIT {
    private static final int TAB = 9;
    private static final int ENTER = 13;
    private static final String HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>";
    /// Pictures are kept where this property says.
    private static final String PICTURES = System.getProperty("pictures", "");

    private final Board board = new Board();
    private final AtomicLong bytes = new AtomicLong();
    private final Feed feed = new Feed(
            board,
            InstantSource.system(),
            devices -> devices.stream()
                    .sorted()
                    .map(name -> new DeviceCounts(
                            name, true, 5, bytes.addAndGet(700_000), 6, bytes.addAndGet(200_000), 0, 0))
                    .toList());

    @TempDir
    Path folder;

    private StatusPage page;
    private Chromium browser;

    @BeforeEach
    void start() throws Exception {
        assumeTrue(Files.exists(Chromium.PROGRAM), "chromium is missing (Debian's package chromium)");
        page = StatusPage.listening(feed, new Events("1.2.3", "node-1"), new ServerAddress(Ip.parse("127.0.0.1"), 0));
        browser = new Chromium(Files.createDirectory(folder.resolve("profile")));
        board.enter(Phase.RUNNING);
    }

    @AfterEach
    void end() throws Exception {
        if (browser != null) {
            browser.close();
        }
        if (page != null) {
            page.close();
        }
    }

    private String origin() {
        return "http://127.0.0.1:" + page.port();
    }

    private void show(Sample sample) throws Exception {
        int peers = sample.view().peers().size();
        board.note(new Facts("10.100.1.0/24", "vxlan", "eth0 192.168.0.1", 1450, peers, 0, 0, PacketCarriers.NONE));
        feed.show(sample);
        browser.open(origin() + "/");
        browser.await("document.querySelectorAll('#rows tr').length === " + Math.min(peers, 50));
    }

    private void picture(String name) throws Exception {
        if (!PICTURES.isEmpty()) {
            browser.picture(Path.of(PICTURES, name + ".png"));
        }
    }

    private void assertCalm() {
        assertThat(browser.complaints).isEmpty();
        assertThat(browser.requested).isNotEmpty().allMatch(url -> url.startsWith(origin() + "/"));
    }

    @Test
    void showsABrokenPeerAsSoonAsItBreaksAndReadsNothingAsMarkup() throws Exception {
        Sample sample = new Sample(2);
        browser.size(1200, 900);
        show(sample);
        browser.await("document.querySelector('#state').textContent === 'Ready'");
        assertThat(browser.text("#conditions")).isEqualTo("Nothing is wrong.");
        assertThat(browser.text("#rows"))
                .contains("10.100.2.0/24", "192.168.0.2", "Good")
                .doesNotContain("Broken");
        assertThat((String) browser.value("document.querySelector('#map').getAttribute('aria-label')"))
                .isEqualTo("This node and 2 peers: 2 by tunnel");
        assertThat(browser.text("#counted")).isEqualTo("Traffic is not counted per peer.");
        sample.count(Map.of(Ip.parse("192.168.0.2"), new Counts(1, 1, 1, 1, 7)));
        browser.await("document.querySelector('#rows').innerText.includes('7 dropped for a wrong source')");
        browser.value("window.before = performance.timeOrigin");
        sample.replace(Sample.broken(3, HOSTILE));
        board.raise(Condition.PEERS_IGNORED, HOSTILE);
        browser.await("document.querySelector('#rows .broken')");
        browser.await("document.querySelector('#state').textContent === 'Degraded'");
        assertThat(browser.text("#rows")).contains(HOSTILE, "Broken");
        assertThat(browser.text("#conditions")).contains("peers-ignored", HOSTILE, Condition.PEERS_IGNORED.remedy());
        assertThat((String) browser.value("document.querySelector('#map').getAttribute('aria-label')"))
                .isEqualTo("This node and 2 peers: 1 by tunnel, 1 broken");
        assertThat(browser.value("window.before === performance.timeOrigin")).isEqualTo(true);
        picture("broken");
        assertCalm();
        assertThat(browser.value("(() => { try { document.body.innerHTML = '<b>'; } catch { return true; } })()"))
                .as("markup from text is refused")
                .isEqualTo(true);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 9, 299})
    void fitsEveryWidthInBothColourSchemes(int peers) throws Exception {
        Sample sample = new Sample(peers);
        sample.replace(Sample.broken(3, "its VNI is 7, and this node's is 1"));
        board.raise(Condition.PEERS_IGNORED, "10.100.3.0/24 at 192.168.0.3: its VNI is 7, and this node's is 1");
        show(sample);
        browser.await("document.querySelector('.device path').getAttribute('d')");
        for (int width : List.of(360, 760, 1280, 2000)) {
            browser.size(width, 900);
            for (String scheme : List.of("light", "dark")) {
                browser.colors(scheme);
                assertThat(browser.value("document.documentElement.scrollWidth <= innerWidth"))
                        .as("no scrolling sideways at %d", width)
                        .isEqualTo(true);
                picture("%d-%d-%s".formatted(peers + 1, width, scheme));
            }
        }
        assertCalm();
    }

    @Test
    void isUsableByKeyboardAndDrawsTheWayOfAPacket() throws Exception {
        browser.size(1280, 900);
        show(new Sample(299));
        browser.press("Tab", TAB, "");
        assertThat(browser.text(":focus")).isEqualTo("Skip to the peers");
        browser.press("Enter", ENTER, "\r");
        tabTo("words");
        browser.type("10.100.77.0");
        browser.await("document.querySelectorAll('#rows tr').length === 1");
        assertThat(browser.text("#count")).isEqualTo("1 of 299 peers");
        browser.press("Tab", TAB, "");
        browser.press("Tab", TAB, "");
        assertThat(browser.text(":focus")).isEqualTo("10.100.77.0/24");
        browser.press("Enter", ENTER, "\r");
        assertThat(browser.text("#rows")).contains("VtepMAC");
        browser.press("Tab", TAB, "");
        assertThat(browser.text(":focus")).isEqualTo("Follow a packet there");
        browser.press("Enter", ENTER, "\r");
        browser.await("document.querySelectorAll('.hop').length === 12");
        assertThat(browser.value("document.querySelector('#to').value")).isEqualTo("10.100.77.2");
        assertThat(browser.text("#answer")).startsWith("The packet leaves this node as it should");
        assertThat(browser.value("document.activeElement.id")).isEqualTo("to");
        picture("way-1280");
        browser.size(360, 900);
        browser.colors("dark");
        assertThat(browser.value("document.documentElement.scrollWidth <= innerWidth"))
                .isEqualTo(true);
        picture("way-360");
        browser.value("document.querySelector('#protocol').value = 'tcp';"
                + "document.querySelector('#protocol').dispatchEvent(new Event('change'));"
                + "document.querySelector('#port').value = 81; document.querySelector('#follow').click()");
        browser.await("document.querySelector('.hop.first.broken')");
        assertThat(browser.text("#answer")).startsWith("The packet does not arrive");
        picture("way-broken-360");
        assertCalm();
        browser.value("document.querySelector('#to').value = 'nonsense'; document.querySelector('#follow').click()");
        browser.await("document.querySelector('#answer').textContent.startsWith('Give IP addresses')");
    }

    private void tabTo(String id) throws Exception {
        for (int i = 0; i < 20; i++) {
            if (id.equals(browser.value("document.activeElement.id"))) {
                return;
            }
            browser.press("Tab", TAB, "");
        }
        assertThat(browser.value("document.activeElement.id")).isEqualTo(id);
    }
}
