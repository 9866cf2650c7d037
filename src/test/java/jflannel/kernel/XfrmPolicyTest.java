package jflannel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.kernel.XfrmPolicy.Direction;
import jflannel.netlink.Answer;
import jflannel.netlink.MessageReader;
import org.junit.jupiter.api.Test;

/// What is sent was taken from ip(8) doing the same, on a little-endian machine.
class XfrmPolicyTest {
    private static final XfrmPolicy OUT = new XfrmPolicy(
            Direction.OUT,
            Cidr.parse("10.5.1.0/24"),
            Cidr.parse("10.5.2.0/24"),
            Ip.parse("192.0.2.1"),
            Ip.parse("192.0.2.2"),
            11);

    private static final XfrmPolicy MIXED = new XfrmPolicy(
            Direction.FWD,
            Cidr.parse("fd05:0:0:2::/64"),
            Cidr.parse("fd05:0:0:1::/64"),
            Ip.parse("192.0.2.2"),
            Ip.parse("192.0.2.1"),
            11);

    private static final String SELECTOR = "0a050200 00000000 00000000 00000000  0a050100 00000000 00000000 00000000"
            + "00000000 00000000 02001818 00000000 00000000 00000000";
    private static final String TEMPLATE = "44000500  c0000202 00000000 00000000 00000000 00000000 32000000 02000000"
            + "c0000201 00000000 00000000 00000000 0b000000 01000000 ffffffff ffffffff ffffffff";
    private static final String REST = "ffffffff".repeat(8) + "00000000".repeat(18) + "01000000 00000000";

    @Test
    void isWrittenAsByIp() {
        assertThat(OUT.put().body()).isEqualTo(bytes(SELECTOR + REST + TEMPLATE));
        assertThat(OUT.deletion().body()).isEqualTo(bytes(SELECTOR + "00000000 01000000"));
    }

    @Test
    void readsBackTheSame() throws Exception {
        for (XfrmPolicy policy : new XfrmPolicy[] {OUT, MIXED}) {
            assertThat(XfrmPolicy.decode(new MessageReader("test", policy.put().body())))
                    .isEqualTo(policy);
        }
    }

    @Test
    void policiesOfOtherShapesAreNone() throws Exception {
        String port = SELECTOR.replace("00000000 00000000 02001818", "00500000 00000000 02001818");
        String transport = TEMPLATE.replace("0b000000 01000000", "0b000000 00000000");
        String optional = TEMPLATE.replace("0b000000 01000000", "0b000000 01000100");
        String marked = TEMPLATE + "0c001500 01000000 01000000";
        String blocking = REST.replace("01000000 00000000", "01010000 00000000");
        for (String other : new String[] {
            port + REST + TEMPLATE,
            SELECTOR + REST,
            SELECTOR + REST + transport,
            SELECTOR + REST + optional,
            SELECTOR + REST + marked,
            SELECTOR + blocking + TEMPLATE
        }) {
            assertThat(XfrmPolicy.decode(new MessageReader("test", bytes(other))))
                    .isNull();
        }
    }

    @Test
    void aNotificationOfADeletionNamesIt() throws Exception {
        String info = "ac000700" + SELECTOR + REST;
        byte[] body = bytes("00".repeat(64) + info + TEMPLATE);
        Answer deleted = new Answer(XfrmPolicy.DELETE_POLICY, 0, 0, java.nio.ByteBuffer.wrap(body));
        assertThat(Relevance.ofPolicy(deleted)).contains(new KernelNews.Absent(OUT.key()));
        Answer flushed = new Answer(XfrmPolicy.FLUSH_POLICY, 0, 0, java.nio.ByteBuffer.allocate(0));
        assertThat(Relevance.ofPolicy(flushed)).contains(new KernelNews.Everything());
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }
}
