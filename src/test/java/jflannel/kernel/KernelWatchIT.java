package jflannel.kernel;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThan;

import java.io.File;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import jflannel.ip.Cidr;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(OwnNetns.class)
class KernelWatchIT {
    private static final Interest INTEREST = new Interest(
            Set.of("flannel.1"),
            Set.of("eth0"),
            Set.of(Cidr.parse("10.5.0.0/16"), Cidr.parse("fd00:5::/32")),
            Set.of("ours"));

    private final AtomicInteger calls = new AtomicInteger();

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
                ip link set cni0 up
                """);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ip link del flannel.1",
                "ip link set flannel.1 down",
                "ip link set flannel.1 mtu 1400",
                "ip link set eth0 mtu 1400",
                "ip addr add 192.0.2.9/24 dev eth0",
                "ip addr del 10.5.1.0/32 dev flannel.1",
                "ip neigh del 10.5.2.0 dev flannel.1",
                "bridge fdb del 02:00:5e:10:00:01 dev flannel.1 dst 192.0.2.2 self",
                "ip route del 10.5.2.0/24",
                "ip route replace 10.5.2.0/24 via 192.0.2.99",
                "ip route add default via 192.0.2.254",
                "ip -6 route add blackhole fd00:5:2::/64",
                "ip link set cni0 down; ip link set cni0 name flannel.1 || ip link set eth0 name eth1"
            })
    void tellsOfWhatMatters(String change) throws Exception {
        devices();
        try (KernelWatch _ = new KernelWatch(INTEREST, calls::incrementAndGet)) {
            sh(change);
            await().untilAtomic(calls, greaterThan(0));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ip link add veth1 type veth peer name pod && ip link set veth1 master cni0 up && ip link del veth1",
                "ip addr add 10.5.1.9/24 dev cni0 && ip addr del 10.5.1.9/24 dev cni0",
                "ip neigh add 10.5.1.7 lladdr 02:00:5e:10:00:09 dev cni0 && ip neigh del 10.5.1.7 dev cni0",
                "ip neigh add 192.0.2.7 lladdr 02:00:5e:10:00:09 dev eth0 && ip neigh del 192.0.2.7 dev eth0",
                "ip route add 10.5.1.7/32 dev cni0 && ip route del 10.5.1.7/32",
                "ip route add 10.99.0.0/16 dev cni0 && ip route del 10.99.0.0/16",
                "ip link set eth0 alias uplink"
            })
    void isSilentAboutTheChatterOfABusyNode(String chatter) throws Exception {
        devices();
        try (KernelWatch _ = new KernelWatch(INTEREST, calls::incrementAndGet)) {
            sh(chatter);
            Thread.sleep(100);
            assertThat(calls).hasValue(0);
            sh("ip link set flannel.1 mtu 1399"); // it did listen
            await().untilAtomic(calls, greaterThan(0));
        }
    }

    @Test
    void aDeviceMadeAnewIsFollowedUnderItsNewIndex() throws Exception {
        devices();
        try (KernelWatch _ = new KernelWatch(INTEREST, calls::incrementAndGet)) {
            sh("ip link del flannel.1 && ip link add flannel.1 type bridge && ip link set flannel.1 up");
            quiet();
            sh("ip neigh add 10.5.2.0 lladdr 02:00:5e:10:00:01 dev flannel.1");
            await().untilAtomic(calls, greaterThan(0));
        }
    }

    @Test
    void tellsWhichNftablesTableWasTouched() throws Exception {
        ConcurrentLinkedQueue<String> tables = new ConcurrentLinkedQueue<>();
        sh("nft 'table ip flannel-ipv4 { chain postrtg { ip saddr 10.5.0.0/16 accept; }; }'");
        try (KernelWatch _ = new KernelWatch(INTEREST, calls::incrementAndGet, tables::add)) {
            sh("nft add table inet other");
            await().until(() -> tables.contains("other"));
            assertThat(tables).doesNotContain("flannel-ipv4");
            sh("nft flush ruleset");
            await().until(() -> tables.contains("flannel-ipv4"));
            assertThat(calls).hasValue(0);
        }
    }

    @Test
    void changesOfSetsMatterInTheTablesThatWereNamed() throws Exception {
        ConcurrentLinkedQueue<String> tables = new ConcurrentLinkedQueue<>();
        for (String table : new String[] {"ours", "theirs"}) {
            sh("nft 'table inet %s { set hosts { type ipv4_addr; elements = { 192.0.2.1, 192.0.2.2 }; }; }'"
                    .formatted(table));
        }
        try (KernelWatch _ = new KernelWatch(INTEREST, calls::incrementAndGet, tables::add)) {
            sh("nft 'delete element inet theirs hosts { 192.0.2.1 }; delete element inet ours hosts { 192.0.2.1 }'");
            await().until(() -> tables.contains("ours"));
            sh("nft 'flush set inet theirs hosts; add table inet last'");
            await().until(() -> tables.contains("last"));
            assertThat(tables).doesNotContain("theirs");
            tables.clear();
            sh("nft 'add element inet ours hosts { 192.0.2.3 }'");
            await().until(() -> tables.contains("ours"));
        }
    }

    @Test
    void newsThatTheKernelDroppedCountAsChanges() throws Exception {
        devices();
        CountDownLatch flooded = new CountDownLatch(1);
        Runnable dawdle = () -> {
            calls.incrementAndGet();
            try {
                flooded.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        };
        try (KernelWatch _ = new KernelWatch(INTEREST, dawdle)) {
            sh("ip link set flannel.1 mtu 1400");
            await().untilAtomic(calls, equalTo(1));
            sh("for i in {1..20}; do for j in {1..250}; do echo route add 10.$((i+20)).$j.0/24 dev cni0; done; done"
                    + " | ip -batch -");
            flooded.countDown();
            await().untilAtomic(calls, greaterThan(1));
        }
    }

    @Test
    void closesAtOnceAndLeavesNeitherThreadNorDescriptor() throws Exception {
        int before = openFiles();
        for (int i = 0; i < 5; i++) {
            new KernelWatch(INTEREST, calls::incrementAndGet, _ -> {}).close();
        }
        KernelWatch watch = new KernelWatch(INTEREST, calls::incrementAndGet);
        watch.close();
        watch.close();
        assertThat(openFiles()).isEqualTo(before);
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .doesNotContain("kernel-watch");
    }

    private void quiet() throws InterruptedException {
        int before;
        do {
            before = calls.getAndSet(0);
            Thread.sleep(100);
        } while (before != 0 || calls.get() != 0);
    }

    private static int openFiles() {
        return new File("/proc/self/fd").list().length;
    }
}
