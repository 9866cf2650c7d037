package jflannel.netlink;

import static jflannel.netlink.Rtnetlink.NLM_F_ACK;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import jflannel.linux.KernelException;
import jflannel.linux.Libc;

/// Requests that nfnetlink executes as one transaction. They travel as one message: linux/netfilter/nfnetlink.h.
final class Batch {
    private static final int NFNL_MSG_BATCH_BEGIN = 16;
    private static final int NFNL_MSG_BATCH_END = 17;
    private static final int SO_SNDBUFFORCE = 32;
    /// Half of what Linux lets a socket send at once by itself.
    private static final int SEND_QUEUE = 100 * 1024;

    private final NetlinkSocket socket;
    private final List<Request> all;

    Batch(NetlinkSocket socket, int subsystem, List<Request> requests) {
        this.socket = socket;
        byte[] mark = {0, 0, 0, (byte) subsystem}; // struct nfgenmsg: u8 family, u8 version, u16 subsystem
        all = new ArrayList<>(requests.size() + 2);
        all.add(new Request(NFNL_MSG_BATCH_BEGIN, 0, mark, "begin", "a transaction"));
        all.addAll(requests);
        all.add(new Request(NFNL_MSG_BATCH_END, 0, mark, "end", "a transaction"));
    }

    void execute() throws KernelException {
        long length = all.stream().mapToLong(NetlinkSocket::size).sum();
        if (length > Integer.MAX_VALUE / 2) {
            throw new IllegalArgumentException("a transaction of " + length + " bytes");
        }
        int first = socket.sequence() + 1;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(length, 8);
            long at = 0;
            for (int i = 0; i < all.size(); i++) {
                at += socket.write(bytes, at, all.get(i), i == last() ? NLM_F_ACK : 0);
            }
            if (length > SEND_QUEUE) {
                Libc.setsockopt(socket.fd(), Libc.SOL_SOCKET, SO_SNDBUFFORCE, "SO_SNDBUFFORCE", (int) length);
            }
            socket.send(bytes, length);
        }
        await(first);
    }

    /// The last request, which alone is acknowledged; the end of a transaction never is.
    private int last() {
        return all.size() - 2;
    }

    /// Waits for the end. If the transaction is refused, there is an answer to each request that is at fault, or to
    /// its beginning.
    private void await(int first) throws KernelException {
        KernelException refusal = null;
        while (true) {
            for (Answer answer : socket.receive()) {
                int index = answer.sequence() - first;
                if (index < 0 || index >= all.size() || answer.type() != Answer.NLMSG_ERROR) {
                    continue;
                }
                KernelException cause = answer.refusal(all.get(index));
                refusal = refusal != null ? refusal : cause;
                if (index == 0 || index == last()) {
                    if (refusal != null) {
                        throw refusal;
                    }
                    return;
                }
            }
        }
    }
}
