package jflannel.kernel;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;
import jflannel.linux.Libc;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(OwnNetns.class)
class KernelWatchIT {
    private static final Interest INTEREST = new Interest(
            Set.of("flannel.1"),
            Set.of("eth0"),
            Set.of(Cidr.parse("10.5.0.0/16"), Cidr.parse("fd00:5::/32")),
            Set.of("ours"),
            Set.of(FibRoute.MAIN),
            true,
            network -> network.contains(Ip.parse("198.51.100.2")));

    /// More changes than the socket of a listener holds that does not read.
    private static final String FLOOD =
            "for i in {1..20}; do for j in {1..250}; do echo route add 10.5.$j.$((i*8))/29 dev cni0; done; done"
                    + " | ip -batch -";

    private final Board board = new Board();
    private final BlockingQueue<KernelNews> heard = new LinkedBlockingQueue<>();

    private KernelWatch watch() throws Exception {
        return new KernelWatch(INTEREST, board, heard::add);
    }

    /// The next news that is of this kind.
    private <T extends KernelNews> T next(Class<T> kind) throws InterruptedException {
        while (true) {
            KernelNews news = heard.poll(10, TimeUnit.SECONDS);
            assertThat(news).as("no " + kind.getSimpleName()).isNotNull();
            if (kind.isInstance(news)) {
                return kind.cast(news);
            }
        }
    }

    private void awaitTable(String name) throws InterruptedException {
        while (!next(KernelNews.TableChanged.class).name().equals(name)) {}
    }

    private static void devices() throws Exception {
        sh("""
                echo 1 > /proc/sys/net/ipv6/conf/default/addr_gen_mode # link-local addresses come late, and are news
                ip link add eth0 type veth peer name far
                ip addr add 192.0.2.1/24 dev eth0
                ip link set eth0 up
                ip link set far up
                ip link add flannel.1 type vxlan id 1 dev eth0 local 192.0.2.1 dstport 8472 nolearning
                ip link set flannel.1 up
                ip addr add 10.5.1.0/32 dev flannel.1
                ip neigh add 10.5.2.0 lladdr 02:00:5e:10:00:01 dev flannel.1 nud permanent
                bridge fdb add 02:00:5e:10:00:01 dev flannel.1 dst 192.0.2.2 self permanent
                ip route add 10.5.2.0/24 via 10.5.2.0 dev flannel.1 onlink proto 102
                ip link add cni0 type bridge
                ip addr add 10.5.1.1/24 dev cni0
                ip addr add 10.5.6.1/32 dev cni0
                ip link set cni0 up
                """);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ip link del flannel.1                                               | DeviceGone
            ip link set flannel.1 down                                          | DeviceChanged
            ip link set flannel.1 mtu 1400                                      | DeviceChanged
            ip link set eth0 mtu 1400                                           | UnderlayChanged
            ip addr add 192.0.2.9/24 dev eth0                                   | UnderlayChanged
            ip addr del 10.5.1.0/32 dev flannel.1                               | Absent
            ip addr add 10.5.7.1/32 dev cni0                                    | Present
            ip addr del 10.5.6.1/32 dev cni0                                    | Absent
            ip neigh del 10.5.2.0 dev flannel.1                                 | Absent
            bridge fdb del 02:00:5e:10:00:01 dev flannel.1 dst 192.0.2.2 self   | Absent
            ip route del 10.5.2.0/24                                            | Absent
            ip route replace 10.5.2.0/24 via 192.0.2.99                         | Present
            ip route add default via 192.0.2.254                                | UnderlayChanged
            ip -6 route add blackhole fd00:5:2::/64                             | Present
            ip link set cni0 down; ip link set cni0 name flannel.9; ip link set flannel.1 down name x | DeviceGone
            ip link set eth0 down; ip link set eth0 name eth1                   | UnderlayChanged
            ip rule add to 192.0.2.2 lookup 52                                  | UnderlayChanged
            ip -6 rule add to 2001:db8::2 lookup 52                             | UnderlayChanged
            ip nexthop add id 1 via 192.0.2.254 dev eth0                        | UnderlayChanged
            ip route add 198.51.100.2 dev cni0 table 52                         | UnderlayChanged
            ip route add 198.51.100.0/24 dev cni0                               | UnderlayChanged
            ip neigh add 192.0.2.7 lladdr 02:00:5e:10:00:09 dev eth0            | UnderlayChanged
            """)
    void reportsWhatMatters(String change, String kind) throws Exception {
        devices();
        try (KernelWatch _ = watch()) {
            sh(change);
            assertThat(next(Class.forName("jflannel.kernel.KernelNews$" + kind).asSubclass(KernelNews.class)))
                    .isNotNull();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ip link add veth1 type veth peer name pod && ip link set veth1 master cni0 up && ip link del veth1",
                "ip addr add 10.9.1.9/24 dev cni0 && ip addr del 10.9.1.9/24 dev cni0",
                "ip neigh add 10.5.1.7 lladdr 02:00:5e:10:00:09 dev cni0 && ip neigh del 10.5.1.7 dev cni0",
                "ip neigh add 192.0.2.7 lladdr 02:00:5e:10:00:09 dev eth0 nud reachable && ip neigh del 192.0.2.7 dev eth0",
                "ip route add 10.5.1.7/32 dev cni0 && ip route del 10.5.1.7/32",
                "ip route add 10.99.0.0/16 dev cni0 && ip route del 10.99.0.0/16",
                "ip link set eth0 alias uplink"
            })
    void isSilentAboutTheChatterOfABusyNode(String chatter) throws Exception {
        devices();
        try (KernelWatch _ = watch()) {
            sh(chatter);
            sh("ip link set flannel.1 mtu 1399"); // which it hears of after the chatter
            next(KernelNews.class);
            assertThat(heard).isEmpty();
        }
    }

    @Test
    void aDeviceThatWasMadeAgainIsFollowedUnderItsNewIndex() throws Exception {
        devices();
        try (KernelWatch _ = watch()) {
            sh("ip link del flannel.1 && ip link add flannel.1 type bridge && ip link set flannel.1 up");
            sh("ip neigh add 10.5.2.0 lladdr 02:00:5e:10:00:01 dev flannel.1");
            assertThat(next(KernelNews.Present.class).object())
                    .isEqualTo(Neighbor.permanent(
                            index("flannel.1"), Ip.parse("10.5.2.0"), Mac.parse("02:00:5e:10:00:01")));
        }
    }

    @Test
    void namesTheNftablesTableThatWasTouched() throws Exception {
        sh("nft 'table ip flannel-ipv4 { chain postrtg { ip saddr 10.5.0.0/16 accept; }; }'");
        try (KernelWatch _ = watch()) {
            sh("nft add table inet other");
            assertThat(next(KernelNews.class)).isEqualTo(new KernelNews.TableChanged("other"));
            sh("nft flush ruleset");
            awaitTable("flannel-ipv4");
        }
    }

    @Test
    void changesOfSetsMatterInTheTablesThatWereNamed() throws Exception {
        for (String table : new String[] {"ours", "theirs"}) {
            sh("nft 'table inet %s { set hosts { type ipv4_addr; elements = { 192.0.2.1, 192.0.2.2 }; }; }'"
                    .formatted(table));
        }
        try (KernelWatch _ = watch()) {
            sh("nft 'delete element inet theirs hosts { 192.0.2.1 }; delete element inet ours hosts { 192.0.2.1 }'");
            assertThat(next(KernelNews.class)).isEqualTo(new KernelNews.TableChanged("ours"));
            sh("nft 'flush set inet theirs hosts; add table inet last'");
            assertThat(next(KernelNews.class)).isEqualTo(new KernelNews.TableChanged("last"));
            sh("nft 'add element inet ours hosts { 192.0.2.3 }'");
            assertThat(next(KernelNews.class)).isEqualTo(new KernelNews.TableChanged("ours"));
        }
    }

    /// The kernel drops news while the listener sleeps.
    @Test
    void newsThatTheKernelDroppedMayHaveBeenAnything() throws Exception {
        devices();
        CountDownLatch flooded = new CountDownLatch(1);
        Consumer<KernelNews> dawdle = news -> {
            heard.add(news);
            try {
                flooded.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        };
        try (KernelWatch _ = new KernelWatch(INTEREST, board, dawdle)) {
            sh("ip link set flannel.1 mtu 1400");
            next(KernelNews.DeviceChanged.class);
            sh(FLOOD);
            flooded.countDown();
            next(KernelNews.Everything.class);
            assertThat(board.isRaised(Condition.KERNEL_WATCH_DOWN)).isFalse();
            sh("ip route del 10.5.2.0/24");
            next(KernelNews.Absent.class);
        }
    }

    @Test
    void aFailureInTheMiddleOfAFloodEndsNothing() throws Exception {
        devices();
        AtomicBoolean failing = new AtomicBoolean();
        NewsSource.Opener opener = stop -> new Fragile(new NetlinkNews(INTEREST, stop), failing);
        try (KernelWatch _ = new KernelWatch(Libc::eventfd, opener, board, heard::add, Duration.ofMillis(100))) {
            failing.set(true);
            sh(FLOOD);
            next(KernelNews.Everything.class);
            int openFiles = openFiles();
            failing.set(true);
            sh("ip link set flannel.1 mtu 1400");
            next(KernelNews.Everything.class);
            assertThat(openFiles()).isEqualTo(openFiles);
            sh("ip route del 10.5.2.0/24");
            next(KernelNews.Absent.class);
            assertThat(board.isRaised(Condition.KERNEL_WATCH_DOWN)).isFalse();
            assertThat(board.findings()).isEmpty();
        }
    }

    /// Fails once when it has news.
    private record Fragile(NewsSource real, AtomicBoolean failing) implements NewsSource {
        @Override
        public List<KernelNews> next() throws KernelException {
            List<KernelNews> news = real.next();
            if (failing.getAndSet(false)) {
                throw new KernelException("listen to the kernel by netlink", Errno.ENOBUFS.number(), null);
            }
            return news;
        }

        @Override
        public void close() {
            real.close();
        }
    }

    /// What this program puts is as it desires, by the kernel's own report; and each damage is mended by what its
    /// report calls for.
    @Test
    void theIndexTellsOwnChangesFromOthers() throws Exception {
        sh("""
                echo 1 > /proc/sys/net/ipv6/conf/default/addr_gen_mode # link-local addresses come late, and are news
                ip link add eth0 type veth peer name far; ip addr add 192.0.2.1/24 dev eth0; ip link set eth0 up
                ip addr add fd00:2::1/64 dev eth0 nodad; ip link set far up
                ip link add flannel.1 type vxlan id 1 dev eth0 local 192.0.2.1 dstport 8472 nolearning
                ip link set flannel.1 up
                until ip link show eth0 | grep -q 'state UP'; do sleep 0.05; done # so does the carrier
                """);
        int tunnel = index("flannel.1");
        Mac mac = Mac.parse("02:00:5e:10:00:01");
        Set<KernelObject> desired = Set.of(
                new Address(tunnel, Ip.parse("10.5.1.0"), 32),
                new Address(tunnel, Ip.parse("fd00:5:1::"), 128),
                Neighbor.permanent(tunnel, Ip.parse("10.5.2.0"), mac),
                Neighbor.permanent(tunnel, Ip.parse("fd00:5:2::"), mac),
                Neighbor.forwarding(tunnel, mac, Ip.parse("192.0.2.2")),
                Route.via(Cidr.parse("10.5.2.0/24"), Ip.parse("10.5.2.0"), tunnel, true),
                Route.via(Cidr.parse("fd00:5:2::/64"), Ip.parse("fd00:5:2::"), tunnel, true),
                Route.via(Cidr.parse("10.5.3.0/24"), Ip.parse("192.0.2.3"), index("eth0"), false));
        Ownership ours = Ownership.of(Set.of(tunnel), route -> route.protocol() == Route.OURS);
        DesiredIndex index = new DesiredIndex();
        try (RouteSocket kernel = new RouteSocket();
                KernelWatch _ = watch()) {
            index.replace(Map.of("flannel.1", kernel.link("flannel.1").orElseThrow()), desired, ours);
            kernel.converge(ours, desired);
            for (String damage : new String[] {
                "addr del 10.5.1.0/32 dev flannel.1",
                "addr del fd00:5:1::/128 dev flannel.1",
                "addr add 169.254.7.7/16 dev flannel.1",
                "neigh del 10.5.2.0 dev flannel.1",
                "neigh replace 10.5.2.0 lladdr 02:00:00:00:00:09 dev flannel.1 nud permanent",
                "neigh add 10.5.9.0 lladdr 02:00:00:00:00:09 dev flannel.1 nud permanent",
                "-6 neigh del fd00:5:2:: dev flannel.1",
                "route del 10.5.2.0/24",
                "-6 route del fd00:5:2::/64",
                "route add 10.5.9.0/24 via 192.0.2.9 proto 102",
                "route replace 10.5.3.0/24 via 192.0.2.99"
            }) {
                awaitSilence(index);
                sh("ip " + damage);
                Repair repair = repair(index);
                assertThat(repair == Repair.PASS).as(damage).isEqualTo(damage.startsWith("addr del"));
                if (repair == Repair.PASS) {
                    kernel.converge(ours, desired);
                } else {
                    apply(kernel, repair);
                }
                awaitSilence(index);
                Outcome rest = kernel.converge(ours, desired);
                assertThat(rest.changed()).as(damage + ", after " + repair).isFalse();
            }
        }
    }

    /// Reads all news there are; they call for nothing.
    private void awaitSilence(DesiredIndex index) throws Exception {
        sh("nft add table inet m0; nft delete table inet m0"); // which is heard of after what was before
        awaitTable("m0");
        sh("ip route add 10.5.250.0/24 dev lo proto static; ip route del 10.5.250.0/24");
        Object mark = Route.through(Cidr.parse("10.5.250.0/24"), 1).key();
        KernelNews news;
        do {
            news = heard.poll(10, TimeUnit.SECONDS);
            assertThat(index.repairFor(news)).as(String.valueOf(news)).isEqualTo(Repair.NOTHING);
        } while (!news.equals(new KernelNews.Absent(mark)));
    }

    /// The first repair that the news call for.
    private Repair repair(DesiredIndex index) throws InterruptedException {
        while (true) {
            KernelNews news = heard.poll(10, TimeUnit.SECONDS);
            assertThat(news).isNotNull();
            Repair repair = index.repairFor(news);
            if (repair != Repair.NOTHING) {
                return repair;
            }
        }
    }

    private static void apply(RouteSocket kernel, Repair repair) throws Exception {
        switch (repair) {
            case Repair.Put(KernelObject object) -> kernel.apply(Plan.of(new Plan.Change(Plan.Verb.REPLACE, object)));
            case Repair.Delete(KernelObject object) -> kernel.apply(Plan.of(new Plan.Change(Plan.Verb.DELETE, object)));
            default -> throw new AssertionError(repair);
        }
    }

    private static int index(String device) throws Exception {
        return Integer.parseInt(sh("ip -o link show %s | sed 's/:.*//'".formatted(device)));
    }

    @Test
    void closesAtOnceAndLeavesNeitherThreadNorDescriptor() throws Exception {
        int before = openFiles();
        for (int i = 0; i < 5; i++) {
            watch().close();
        }
        KernelWatch watch = watch();
        watch.close();
        watch.close();
        assertThat(openFiles()).isEqualTo(before);
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .doesNotContain("kernel-watch");
    }

    private static int openFiles() {
        return new File("/proc/self/fd").list().length;
    }
}
