package jflannel.cloud.tencent;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import jflannel.cloud.CloudException;
import jflannel.cloud.CloudNode;
import jflannel.cloud.CloudRoutes;
import jflannel.cloud.DesiredCloudRoutes;
import jflannel.cloud.TableRoutesContract;
import jflannel.lab.cloud.TencentStandIn;
import org.junit.jupiter.api.Test;

/// Nodes against a Tencent Cloud that is stood in for, in a time that the tests turn.
class TencentRoutesIT extends TableRoutesContract<TencentStandIn> {
    @Override
    protected Vendor vendor() {
        return new Vendor("tencent-vpc", TencentStandIn.MAIN, "DescribeRouteTables", "CreateRoutes", "DeleteRoutes");
    }

    @Override
    protected TencentStandIn startCloud() throws Exception {
        return new TencentStandIn(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), clock, (_, _) -> {});
    }

    @Override
    protected CloudRoutes open(DesiredCloudRoutes wanted, String metadataUrl)
            throws CloudException, InterruptedException {
        return TencentProvider.open(wanted, metadataUrl);
    }

    @Override
    protected String table(int number) {
        return "rtb-" + number;
    }

    @Override
    protected String hop(int machine) {
        return "172.31.0." + machine;
    }

    @Test
    void aRouteThatSomebodyDisabledIsMadeAgain() {
        try (CloudNode node = node(1)) {
            clock.pass(node.look());
            cloud.disable(TencentStandIn.MAIN, subnet(1));
            clock.pass(node.look());
            assertThat(cloud.calls()).containsEntry("CreateRoutes", 2).containsEntry("DeleteRoutes", 1);
            assertThat(node.conditions()).isEmpty();
        }
    }
}
