package jflannel.etcd;

import static jflannel.etcd.Nodes.announcement;
import static jflannel.etcd.Records.DUAL;
import static jflannel.etcd.Records.V4;
import static jflannel.etcd.Records.lease;
import static jflannel.etcd.Records.record;
import static jflannel.etcd.Records.reservation;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import jflannel.ip.Cidr;
import jflannel.lease.NetworkConfig;
import org.junit.jupiter.api.Test;

class ChoiceTest {
    private static final SubnetRecord FOREIGN = lease("10.5.9.0-24", "192.0.2.9", 1);

    @Test
    void goesOnWithTheLeaseThatBearsThisNodesAddress() {
        SubnetRecord own = lease("10.5.77.0-24", "192.0.2.1", 2);
        Choice choice = choose(V4, List.of(), FOREIGN, own);
        assertThat(choice.kept()).contains(own);
        assertThat(choice.dropped()).isEmpty();
    }

    @Test
    void prefersAReservationAndDropsTheLeaseBesideIt() {
        SubnetRecord own = lease("10.5.77.0-24", "192.0.2.1", 2);
        SubnetRecord reserved = reservation("10.5.78.0-24", "192.0.2.1", 3);
        Choice choice = choose(V4, List.of(), own, reserved);
        assertThat(choice.kept()).contains(reserved);
        assertThat(choice.dropped()).containsExactly(own);
    }

    @Test
    void leavesASecondReservationToTheAdministrator() {
        Choice choice = choose(
                V4,
                List.of(),
                reservation("10.5.78.0-24", "192.0.2.1", 3),
                reservation("10.5.77.0-24", "192.0.2.1", 2));
        assertThat(choice.cidrs()).containsExactly(Cidr.parse("10.5.77.0/24"));
        assertThat(choice.dropped()).isEmpty();
    }

    @Test
    void dropsALeaseThatDoesNotFitTheNetwork() {
        for (String name : List.of("10.99.1.0-24", "10.5.1.0-25", "10.5.0.0-24", "10.5.1.0-24&fd00:5:0:1::-64")) {
            SubnetRecord old = lease(name, "192.0.2.1", 1);
            Choice choice = choose(V4, List.of(), old);
            assertThat(choice.kept()).isEmpty();
            assertThat(choice.dropped()).containsExactly(old);
        }
        assertThat(choose(DUAL, List.of(), lease("10.5.1.0-24", "192.0.2.1", 1)).kept())
                .isEmpty();
    }

    @Test
    void dropsALeaseThatAnotherNodeHadFirst() {
        SubnetRecord own = lease("10.5.9.0-25", "192.0.2.1", 5);
        NetworkConfig halves = NetworkConfig.parse("test", "{\"Network\":\"10.5.0.0/16\",\"SubnetLen\":25}");
        Choice choice = choose(halves, List.of(), own, FOREIGN);
        assertThat(choice.dropped()).containsExactly(own);
        assertThat(choice.cidrs()).noneMatch(cidr -> cidr.overlaps(Cidr.parse("10.5.9.0/24")));
    }

    @Test
    void takesThePreviousSubnetOfEachFamilyThatIsFree() {
        List<Cidr> previous = List.of(Cidr.parse("10.5.77.0/24"), Cidr.parse("fd00:5:0:77::/64"));
        assertThat(choose(DUAL, previous).cidrs()).isEqualTo(previous);
        assertThat(choose(DUAL, previous, lease("10.5.3.0-24&fd00:5:0:77::-64", "192.0.2.9", 1))
                        .cidrs())
                .contains(previous.getFirst())
                .doesNotContain(previous.getLast());
        assertThat(choose(V4, List.of(Cidr.parse("10.99.1.0/24"))).cidrs()).noneMatch(previous::contains);
    }

    @Test
    void countsBlocksWithBrokenValuesAsTaken() {
        NetworkConfig small = NetworkConfig.parse("test", "{\"Network\":\"10.5.0.0/28\"}");
        Choice choice = choose(
                small,
                List.of(),
                record("10.5.0.4-30", "garbage", 7, 1, 1),
                record("10.5.0.8-30", "", 7, 1, 1),
                record("0.0.0.0-0", "{\"PublicIP\":\"192.0.2.9\"}", 7, 1, 1),
                record("garbage", "garbage", 7, 1, 1));
        assertThat(choice.cidrs()).containsExactly(Cidr.parse("10.5.0.12/30"));
    }

    private static Choice choose(NetworkConfig network, List<Cidr> previous, SubnetRecord... records) {
        return Choice.of(
                network, record -> record.isOf(announcement("192.0.2.1")), previous, List.of(records), new Random(1));
    }
}
