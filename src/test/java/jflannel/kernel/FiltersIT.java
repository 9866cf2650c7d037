package jflannel.kernel;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import jflannel.bpf.Assembler;
import jflannel.bpf.BpfProgram;
import jflannel.linux.KernelException;
import jflannel.status.Board;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OwnNetns.class)
class FiltersIT {
    private static final String NAME = "flannel0";
    private static final Ownership OURS = Ownership.of(Set.of(), _ -> false, NAME);

    private int device;

    @BeforeEach
    void host() throws Exception {
        sh("ip link add eth0 type veth peer name far; ip link set eth0 up; ip link set far up");
        try (RouteSocket kernel = new RouteSocket()) {
            device = kernel.link("eth0").orElseThrow().index();
        }
    }

    private static BpfProgram program(int verdict) throws KernelException {
        return BpfProgram.load("test", new Assembler().exit(verdict).assemble());
    }

    private Filter filter(Hook hook, BpfProgram program) {
        return new Filter(device, hook, 8285, NAME, program.id(), program.fd());
    }

    private List<KernelObject> desired(Hook hook, BpfProgram program) {
        return List.of(new Clsact(device), filter(hook, program));
    }

    @Test
    void filtersArePutOnceAndReplacedByOthers() throws Exception {
        try (RouteSocket kernel = new RouteSocket();
                BpfProgram first = program(-1);
                BpfProgram second = program(-1)) {
            assertThat(kernel.converge(OURS, desired(Hook.INGRESS, first)).put())
                    .hasSize(2);
            assertThat(kernel.converge(OURS, desired(Hook.INGRESS, first)).changed())
                    .isFalse();
            assertThat(sh("tc filter show dev eth0 ingress")).contains("pref 7000", "flannel0 direct-action");
            assertThat(kernel.converge(OURS, desired(Hook.INGRESS, second)).put())
                    .containsExactly(filter(Hook.INGRESS, second));
            assertThat(kernel.filters()).containsExactlyInAnyOrderElementsOf(desired(Hook.INGRESS, second));
        }
    }

    @Test
    void whatIsNotDesiredGoesAndWhatOthersHaveStays() throws Exception {
        sh("tc qdisc add dev eth0 clsact; tc filter add dev eth0 ingress prio 1 bpf da bytecode '1,6 0 0 0'");
        String before = sh("tc filter show dev eth0 ingress; tc filter show dev eth0 egress; tc qdisc show dev eth0");
        try (RouteSocket kernel = new RouteSocket();
                BpfProgram program = program(-1)) {
            Filter foreign = new Filter(device, Hook.INGRESS, 1, "other", program.id(), program.fd());
            kernel.converge(OURS, List.of(foreign, filter(Hook.INGRESS, program)));
            assertThat(kernel.converge(OURS, List.of()).deleted()).containsExactly(filter(Hook.INGRESS, program));
            assertThat(kernel.filters()).contains(foreign);
            kernel.apply(Plan.of(new Plan.Change(Plan.Verb.DELETE, foreign)));
        }
        assertThat(sh("tc filter show dev eth0 ingress; tc filter show dev eth0 egress; tc qdisc show dev eth0"))
                .isEqualTo(before);
    }

    @Test
    void theIngressHookOfAnotherProgramIsUsed() throws Exception {
        sh("tc qdisc add dev eth0 ingress");
        try (RouteSocket kernel = new RouteSocket();
                BpfProgram program = program(-1)) {
            Outcome outcome = kernel.converge(OURS, desired(Hook.INGRESS, program));
            assertThat(outcome.refused()).isEmpty();
            assertThat(outcome.put()).containsExactly(filter(Hook.INGRESS, program));
        }
    }

    @Test
    void aFilterThatGoesIsNews() throws Exception {
        List<KernelNews> news = new CopyOnWriteArrayList<>();
        Interest interest = new Interest(Set.of(), Set.of("eth0"), Set.of(), Set.of());
        try (RouteSocket kernel = new RouteSocket();
                BpfProgram program = program(-1);
                KernelWatch _ = new KernelWatch(interest, new Board(), news::add)) {
            kernel.converge(OURS, desired(Hook.INGRESS, program));
            await().until(() -> news.contains(new KernelNews.Present(filter(Hook.INGRESS, program))));
            sh("tc filter del dev eth0 ingress prio 7000 handle 0x205d bpf");
            await().until(() -> news.contains(
                    new KernelNews.Absent(filter(Hook.INGRESS, program).key())));
            kernel.converge(OURS, desired(Hook.INGRESS, program));
            news.clear();
            sh("tc filter del dev eth0 ingress");
            await().until(() -> news.contains(new KernelNews.UnderlayChanged()));
            news.clear();
            sh("tc qdisc del dev eth0 clsact");
            await().until(() -> news.contains(new KernelNews.UnderlayChanged()));
        }
    }
}
