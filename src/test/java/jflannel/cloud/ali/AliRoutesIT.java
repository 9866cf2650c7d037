package jflannel.cloud.ali;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import jflannel.cloud.CloudException;
import jflannel.cloud.CloudNode;
import jflannel.cloud.CloudRoutes;
import jflannel.cloud.DesiredCloudRoutes;
import jflannel.cloud.TableRoutesContract;
import jflannel.lab.cloud.AliStandIn;
import jflannel.testing.Sh;
import org.junit.jupiter.api.Test;

/// Nodes against an Alibaba Cloud that is stood in for, in a time that the tests turn. It has the address at which
/// Alibaba's library asks for the role's keys.
class AliRoutesIT extends TableRoutesContract<AliStandIn> {
    @Override
    protected Vendor vendor() {
        return new Vendor("ali-vpc", AliStandIn.MAIN, "DescribeRouteEntryList", "CreateRouteEntry", "DeleteRouteEntry");
    }

    @Override
    protected AliStandIn startCloud() throws Exception {
        Sh.sh("ip address add 100.100.100.200/32 dev lo");
        return new AliStandIn(new InetSocketAddress(InetAddress.getByName("100.100.100.200"), 80), clock, (_, _) -> {});
    }

    @Override
    protected CloudRoutes open(DesiredCloudRoutes wanted, String metadataUrl)
            throws CloudException, InterruptedException {
        return AliProvider.open(wanted, metadataUrl);
    }

    @Override
    protected String table(int number) {
        return "vtb-" + number;
    }

    @Override
    protected String hop(int machine) {
        return "i-" + machine;
    }

    @Test
    void anInterfaceThatIsNotTheFirstOneIsNamedItself() {
        cloud.makeSecondary(1);
        try (CloudNode node = node(1)) {
            clock.pass(node.look());
            assertThat(target(subnet(1))).isEqualTo("eni-1");
            assertThat(node.conditions()).isEmpty();
        }
    }

    @Test
    void aRouteToAnInstanceThatIsGoneIsDeletedByOneNode() {
        cloud.put(AliStandIn.MAIN, subnet(9), "i-9", "flannel-10-5-9-0-24");
        try (CloudNode node = node(1)) {
            clock.pass(node.look());
            clock.pass(node.look()); // a VPC takes one change at a time
            assertThat(cloud.routes(AliStandIn.MAIN)).containsOnlyKeys(subnet(1));
        }
    }
}
