package jflannel.kernelpath;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import jflannel.bpf.BpfProgram;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;

/// Lets both programs work on one packet before any packet depends on them: a kernel may take programs whose
/// functions it does not fully have.
final class SelfTest {
    private static final int REDIRECTED = 7; // TC_ACT_REDIRECT
    private static final int MTU = 1400;

    /// RFC 7600's dummy address, which no pod has.
    private static final Ip POD = Ip.parse("192.0.0.8");

    private SelfTest() {}

    /// @param tables for this alone
    static void run(Settings settings, Tables tables) throws KernelException {
        Ip local = settings.uplinks().getFirst().address();
        tables.replace(Map.of(Cidr.host(POD), new KernelPeer(local, MTU, true)));
        byte[] inner = packet();
        try (BpfProgram egress =
                        BpfProgram.load("flannel_test", new Egress(settings, tables, Wire.ETHERNET_BYTES).code());
                BpfProgram ingress = BpfProgram.load("flannel_test", new Ingress(settings, tables).code())) {
            BpfProgram.Result sent = egress.run(frame(Family.IPV4, inner), 0);
            int added = local.family().headerBytes() + Wire.UDP_BYTES;
            require(
                    sent.verdict() == REDIRECTED && sent.packet().length == Wire.ETHERNET_BYTES + added + inner.length,
                    "cannot wrap a packet");
            byte[] datagram = Arrays.copyOfRange(sent.packet(), Wire.ETHERNET_BYTES, sent.packet().length);
            BpfProgram.Result received = ingress.run(frame(local.family(), datagram), 0);
            // over IPv6 only newer kernels unwrap IPv4 by themselves, and leave it to the daemon otherwise
            boolean unwrapped =
                    received.verdict() == REDIRECTED && received.packet().length == Wire.ETHERNET_BYTES + inner.length;
            require(unwrapped || local.family() == Family.IPV6, "cannot unwrap a packet");
            tables.replace(Map.of());
            received = ingress.run(frame(local.family(), datagram), 0);
            require(
                    received.verdict() == (settings.sourceCheck() ? Blocks.TC_ACT_SHOT : received.verdict()),
                    "lets a packet from a stranger in");
        }
    }

    private static void require(boolean holds, String otherwise) throws KernelException {
        if (!holds) {
            throw new KernelException("try the BPF programs", Errno.EOPNOTSUPP.number(), "this kernel " + otherwise);
        }
    }

    /// An empty UDP datagram from the pod to itself.
    private static byte[] packet() {
        return ByteBuffer.allocate(28)
                .putShort((short) 0x4500)
                .putShort((short) 28)
                .putInt(0)
                .putShort((short) (64 << 8 | Wire.PROTOCOL_UDP))
                .putShort((short) 0)
                .put(POD.bytes())
                .put(POD.bytes())
                .putInt(0x00070007)
                .putInt(0x00080000)
                .array();
    }

    private static byte[] frame(Family family, byte[] packet) {
        return ByteBuffer.allocate(Wire.ETHERNET_BYTES + packet.length)
                .putShort(Wire.ETHERNET_BYTES - 2, (short) family.etherType())
                .put(Wire.ETHERNET_BYTES, packet)
                .array();
    }
}
