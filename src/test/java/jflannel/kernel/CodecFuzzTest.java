package jflannel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;
import jflannel.netlink.Answer;
import jflannel.netlink.MessageReader;
import jflannel.netlink.NetlinkSocket;
import jflannel.netlink.Request;
import org.junit.jupiter.api.Test;

class CodecFuzzTest {
    private static final long SEED = 20260101;

    private static final List<NetlinkSocket.Decoder<?>> DECODERS = List.of(
            Address::decode,
            Clsact::decode,
            Filter::decode,
            Neighbor::decode,
            Route::decode,
            FibRoute::decode,
            NextHopObject::decode,
            Path::decode,
            Fib::ruleDestination,
            Link::decode,
            Vxlan::decode,
            XfrmPolicy::decode,
            XfrmPolicy::decodeDeleted,
            NftablesCounters::decode);

    @Test
    void whatIsWrittenReadsBackTheSame() throws Exception {
        Random random = new Random(SEED);
        for (int i = 0; i < 5_000; i++) {
            KernelObject object = Samples.object(random);
            assertThat(CodecTest.decode(object.getClass(), CodecTest.encode(object)))
                    .isEqualTo(object);
        }
    }

    @Test
    void noiseIsReadOrCalledABadMessage() throws Exception {
        Random random = new Random(SEED);
        for (int i = 0; i < 2_000; i++) {
            byte[] noise = new byte[random.nextInt(80)];
            random.nextBytes(noise);
            readAll(noise);
        }
    }

    @Test
    void aDamagedMessageIsReadOrCalledABadMessage() throws Exception {
        Random random = new Random(SEED);
        for (int i = 0; i < 2_000; i++) {
            byte[] message = CodecTest.encode(Samples.object(random));
            for (int damage = random.nextInt(1, 4); damage > 0; damage--) {
                message[random.nextInt(message.length)] = (byte) random.nextInt(40);
            }
            readAll(random.nextBoolean() ? message : java.util.Arrays.copyOf(message, random.nextInt(message.length)));
        }
    }

    static void readAll(byte[] message) {
        for (NetlinkSocket.Decoder<?> decoder : DECODERS) {
            attempt(() -> decoder.decode(new MessageReader("noise", message)));
        }
        Request request = new Request(0, 0, new byte[0], "ask", "");
        Relevance relevance = new Relevance(
                new Interest(Set.of("flannel.1"), Set.of("eth0"), Set.of(Cidr.parse("10.5.0.0/16")), Set.of("t")));
        attempt(() -> {
            for (Answer answer : Answer.split(ByteBuffer.wrap(message))) {
                attempt(() -> answer.refusal(request));
                attempt(() -> relevance.news(answer));
                attempt(() -> NftablesNews.table(answer, Set.of("t")));
            }
            return null;
        });
        Answer news = new Answer(16 + message.length % 16, 0, 0, ByteBuffer.wrap(message));
        attempt(() -> relevance.news(news));
        Answer nftables = new Answer(10 << 8 | 6, 0, 0, ByteBuffer.wrap(message));
        attempt(() -> NftablesNews.table(nftables, Set.of("t")));
    }

    private interface Reading {
        Object read() throws KernelException;
    }

    private static void attempt(Reading reading) {
        try {
            reading.read();
        } catch (KernelException e) {
            if (!e.is(Errno.EBADMSG) && !e.getMessage().startsWith("ask")) {
                throw new AssertionError("another error", e);
            }
        }
    }
}
