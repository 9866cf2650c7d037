package jflannel.policy;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;

import jflannel.names.Names;
import jflannel.netlink.NetlinkSocket;
import jflannel.netlink.Rtnetlink;
import jflannel.nftables.NftGeneration;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OwnNetns.class)
final class OwnChangesIT {
    @Test
    void only_what_somebody_else_changes_makes_a_look_necessary() throws Exception {
        OwnChanges changes = new OwnChanges();
        PolicyTable table = new PolicyTable(Names.DEFAULT, false, false);
        try (NetlinkSocket socket = new NetlinkSocket(Rtnetlink.NETLINK_NETFILTER)) {
            changes.begin(NftGeneration.of(socket));
            changes.commit(table.whole(new Rendering()), socket);
            changes.commit(table.whole(new Rendering()), socket);
            assertThat(changes.reach(NftGeneration.of(socket))).isTrue();
            sh("nft add table inet other");
            assertThat(changes.reach(NftGeneration.of(socket))).isFalse();
            changes.commit(table.whole(new Rendering()), socket);
            assertThat(changes.reach(NftGeneration.of(socket)))
                    .as("our own change does not hide the other one")
                    .isFalse();
            changes.begin(NftGeneration.of(socket));
            assertThat(changes.reach(NftGeneration.of(socket))).isTrue();
        }
    }
}
