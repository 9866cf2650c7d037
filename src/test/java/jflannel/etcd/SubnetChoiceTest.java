package jflannel.etcd;

import static jflannel.etcd.Nodes.announcement;
import static jflannel.etcd.Records.DUAL;
import static jflannel.etcd.Records.V4;
import static jflannel.etcd.Records.lease;
import static jflannel.etcd.Records.record;
import static jflannel.etcd.Records.reservation;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import jflannel.ip.Cidr;
import jflannel.lease.NetworkConfig;
import jflannel.lease.NotYetException;
import org.junit.jupiter.api.Test;

class SubnetChoiceTest {
    private static final SubnetRecord FOREIGN = lease("10.5.9.0-24", "192.0.2.9", 1);

    @Test
    void goesOnWithTheLeaseThatBearsThisNodesAddress() {
        SubnetRecord own = lease("10.5.77.0-24", "192.0.2.1", 2);
        SubnetChoice choice = choose(V4, List.of(), FOREIGN, own);
        assertThat(choice.kept()).contains(own);
        assertThat(choice.dropped()).isEmpty();
    }

    /// Another node may have been started with this one's address.
    @Test
    void keepsItsSubnetAndLeavesAnOlderLeaseAtItsAddressAlone() {
        SubnetRecord own = lease("10.5.77.0-24", "192.0.2.1", 5);
        SubnetRecord other = lease("10.5.78.0-24", "192.0.2.1", 2);
        SubnetChoice choice = choose(V4, own.cidrs(), own, other);
        assertThat(choice.kept()).contains(own);
        assertThat(choice.dropped()).isEmpty();
        SubnetChoice forgetful = choose(V4, List.of(), own, other);
        assertThat(forgetful.kept()).contains(other);
        assertThat(forgetful.dropped()).containsExactly(own);
    }

    @Test
    void prefersAReservationAndDropsTheLeaseBesideIt() {
        SubnetRecord own = lease("10.5.77.0-24", "192.0.2.1", 2);
        SubnetRecord reserved = reservation("10.5.78.0-24", "192.0.2.1", 3);
        SubnetChoice choice = choose(V4, List.of(), own, reserved);
        assertThat(choice.kept()).contains(reserved);
        assertThat(choice.dropped()).containsExactly(own);
    }

    @Test
    void leavesASecondReservationToTheAdministrator() {
        SubnetChoice choice = choose(
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
            SubnetChoice choice = choose(V4, List.of(), old);
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
        SubnetChoice choice = choose(halves, List.of(), own, FOREIGN);
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
        SubnetChoice choice = choose(
                small,
                List.of(),
                record("10.5.0.4-30", "garbage", 7, 1, 1),
                record("10.5.0.8-30", "", 7, 1, 1),
                record("0.0.0.0-0", "{\"PublicIP\":\"192.0.2.9\"}", 7, 1, 1),
                record("garbage", "garbage", 7, 1, 1));
        assertThat(choice.cidrs()).containsExactly(Cidr.parse("10.5.0.12/30"));
    }

    @Test
    void takesNothingThatThisHostHasBeItItsOwnLeaseAPreviousOrAFreeOne() {
        SubnetRecord own = lease("10.5.5.0-24", "192.0.2.1", 2);
        List<Cidr> previous = List.of(Cidr.parse("10.5.6.0/24"));
        Predicate<Cidr> lan = Cidr.parse("10.5.4.0/22")::overlaps;
        SubnetChoice choice = choose(V4, lan, previous, own);
        assertThat(choice.kept()).isEmpty();
        assertThat(choice.dropped()).containsExactly(own);
        assertThat(choice.cidrs()).noneMatch(lan);
        SubnetChoice reserved = choose(V4, lan, previous, reservation("10.5.5.0-24", "192.0.2.1", 2));
        assertThat(reserved.dropped()).as("it is the administrator's").isEmpty();
        assertThat(reserved.cidrs()).noneMatch(lan);
    }

    @Test
    void aNodeWithoutPodsTakesTwoAddressesThatNoSubnetHas() {
        SubnetRecord subnet = lease("10.5.77.0-24", "192.0.2.1", 2);
        SubnetRecord reserved = reservation("10.5.78.0-24", "192.0.2.1", 3);
        SubnetChoice choice = choose(V4, V4.forHosts(), _ -> false, List.of(), FOREIGN, subnet, reserved);
        assertThat(choice.kept()).isEmpty();
        assertThat(choice.dropped()).as("reservations are the administrator's").containsExactly(subnet);
        assertThat(choice.cidrs()).singleElement().satisfies(block -> {
            assertThat(block.length()).isEqualTo(31);
            assertThat(Cidr.parse("10.5.0.0/24").contains(block)).isTrue();
        });
        SubnetRecord own = lease("10.5.0.2-31", "192.0.2.1", 4);
        assertThat(choose(V4, V4.forHosts(), _ -> false, List.of(), own).kept()).contains(own);
        assertThat(choose(V4, List.of(), own).dropped()).as("it has pods again").containsExactly(own);
    }

    @Test
    void saysThatNothingIsLeftForThisHost() {
        assertThatThrownBy(() -> choose(V4, _ -> true, List.of()))
                .isInstanceOf(NotYetException.class)
                .hasMessage("test: Network: \"10.5.0.0/16\" cannot be used. Every free /24 from 10.5.1.0 to 10.5.255.0"
                        + " overlaps an address or network of this host. Give another network.");
    }

    private static SubnetChoice choose(NetworkConfig network, List<Cidr> previous, SubnetRecord... records) {
        return choose(network, _ -> false, previous, records);
    }

    private static SubnetChoice choose(
            NetworkConfig network, Predicate<Cidr> unusable, List<Cidr> previous, SubnetRecord... records) {
        return choose(network, network, unusable, previous, records);
    }

    private static SubnetChoice choose(
            NetworkConfig network,
            NetworkConfig cut,
            Predicate<Cidr> unusable,
            List<Cidr> previous,
            SubnetRecord... records) {
        return SubnetChoice.of(
                network,
                cut,
                record -> record.isOf(announcement("192.0.2.1")),
                unusable,
                previous,
                List.of(records),
                new Random(1));
    }
}
