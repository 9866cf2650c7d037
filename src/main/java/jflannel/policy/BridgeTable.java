package jflannel.policy;

import static jflannel.nftables.NftExpressions.Header.LINK;
import static jflannel.nftables.NftExpressions.Header.NETWORK;
import static jflannel.nftables.NftExpressions.Header.TRANSPORT;
import static jflannel.nftables.NftExpressions.Meta.IN_NAME;
import static jflannel.nftables.NftExpressions.Meta.L4PROTO;
import static jflannel.nftables.NftExpressions.Meta.OUT_NAME;
import static jflannel.nftables.NftExpressions.Meta.PACKET_TYPE;
import static jflannel.nftables.NftExpressions.Meta.PROTOCOL;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.names.Names;
import jflannel.nftables.NftElement;
import jflannel.nftables.NftExpressions;
import jflannel.nftables.NftSetForm;
import jflannel.nftables.NftTransaction;
import jflannel.nftables.NftTransaction.HookPoint;
import jflannel.nftables.NftVerdict;

/// The table of the bridge that brings packets between pods of one node before the policies. A bridge passes them
/// from port to port without the node's IP layer, where policies are enforced and connections are known. Here they
/// are addressed to the bridge itself, whereupon the node forwards them like all others: with br_netfilter and
/// without, and on kernels that cannot track connections in a bridge.
///
/// What else pods send to each other, such as to link-local addresses and to all, is no policy's business, because
/// these are not the pods' addresses; it would only be a way around the policies, so it is dropped. Neighbor
/// discovery is not.
final class BridgeTable {
    private static final int PRIORITY_DSTNAT = -300;
    private static final int PRIORITY_FILTER = -200;

    private static final String PREROUTING = "prerouting";
    private static final String FORWARD = "forward";
    private static final String PORTS = "ports";

    private static final byte[] ICMPV6 = {58};
    private static final byte[] FIRST_OF_DISCOVERY = {(byte) 130};
    private static final byte[] LAST_OF_DISCOVERY = {(byte) 137};
    private static final byte[] LISTENER_REPORT = {(byte) 143};
    private static final byte[] PACKET_HOST = {0};
    private static final byte[] PACKET_OTHERHOST = {3};
    private static final int NAME_BYTES = 16;
    private static final int NFT_TYPE_IFNAME = 41;

    private final Names names;

    BridgeTable(Names names) {
        this.names = names;
    }

    NftTransaction removal() {
        return new NftTransaction(NftTransaction.Family.BRIDGE, names.policyTable()).deleteTable();
    }

    /// Makes the table, in place of one that may be there.
    NftTransaction whole(List<PodBridge> bridges) {
        NftTransaction to = removal().createTable();
        to.createSet(new NftSetForm(
                PORTS,
                List.of(new NftSetForm.Field(NFT_TYPE_IFNAME, NAME_BYTES)),
                false,
                false,
                false,
                Duration.ZERO,
                0));
        to.createChain(PREROUTING, HookPoint.PREROUTING, PRIORITY_DSTNAT);
        to.createChain(FORWARD, HookPoint.FORWARD, PRIORITY_FILTER);
        for (String chain : List.of(PREROUTING, FORWARD)) {
            to.addRule(
                    chain,
                    discovery()
                            .atLeast(0, FIRST_OF_DISCOVERY)
                            .atMost(0, LAST_OF_DISCOVERY)
                            .verdict(NftVerdict.ACCEPT));
            to.addRule(chain, discovery().equal(0, LISTENER_REPORT).verdict(NftVerdict.ACCEPT));
        }
        for (PodBridge bridge : bridges) {
            bridge.subnets().forEach(subnet -> to.addRule(PREROUTING, toBridge(subnet, bridge)));
        }
        for (Family family : Family.values()) {
            to.addRule(
                    FORWARD,
                    of(family)
                            .load(IN_NAME, 0)
                            .isIn(PORTS, 0)
                            .load(OUT_NAME, 0)
                            .isIn(PORTS, 0)
                            .verdict(NftVerdict.DROP));
        }
        to.addElements(
                PORTS,
                bridges.stream()
                        .flatMap(bridge -> bridge.ports().stream())
                        .distinct()
                        .map(BridgeTable::element)
                        .toList());
        return to;
    }

    private static NftElement element(String port) {
        byte[] name = Arrays.copyOf(port.getBytes(StandardCharsets.UTF_8), NAME_BYTES);
        return new NftElement(name, new byte[0], NftVerdict.NONE);
    }

    private static NftExpressions toBridge(Cidr subnet, PodBridge bridge) {
        Family family = subnet.family();
        byte[] mask = new byte[family.bytes()];
        for (int bit = 0; bit < subnet.length(); bit++) {
            mask[bit / 8] |= (byte) (0x80 >>> bit % 8);
        }
        byte[] network = subnet.address().bytes();
        return of(family)
                .load(PACKET_TYPE, 0)
                .equal(0, PACKET_OTHERHOST)
                .load(NETWORK, family == Family.IPV4 ? 12 : 8, family.bytes(), 0)
                .mask(0, mask)
                .equal(0, network)
                .load(NETWORK, family == Family.IPV4 ? 16 : 24, family.bytes(), 0)
                .mask(0, mask)
                .equal(0, network)
                .constant(0, PACKET_HOST)
                .store(PACKET_TYPE, 0)
                .constant(0, bridge.mac().bytes())
                .store(LINK, 0, 6, 0);
    }

    private static NftExpressions discovery() {
        return of(Family.IPV6).load(L4PROTO, 0).equal(0, ICMPV6).load(TRANSPORT, 0, 1, 0);
    }

    private static NftExpressions of(Family family) {
        byte[] type = {(byte) (family.etherType() >>> 8), (byte) family.etherType()};
        return new NftExpressions().load(PROTOCOL, 0).equal(0, type);
    }
}
