package jflannel.netlink;

import static jflannel.netlink.Rtnetlink.NLM_F_ACK_TLVS;
import static jflannel.netlink.Rtnetlink.NLM_F_CAPPED;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import jflannel.linux.KernelException;

/// A message from the kernel.
///
/// @param sequence the number of the request that it answers; 0 if it answers none
public record Answer(int type, int flags, int sequence, ByteBuffer body) {
    /// Length of `struct nlmsghdr`: u32 length, u16 type, u16 flags, u32 sequence number, u32 port.
    public static final int HEADER = 16;

    static final int NLMSG_ERROR = 2;
    static final int NLMSG_DONE = 3;
    private static final int NLMSGERR_ATTR_MSG = 1;

    /// @throws KernelException with EBADMSG unless the messages fill the datagram
    public static List<Answer> split(ByteBuffer datagram) throws KernelException {
        ByteBuffer bytes = datagram.order(ByteOrder.nativeOrder());
        List<Answer> answers = new ArrayList<>();
        while (bytes.remaining() >= HEADER) {
            int start = bytes.position();
            int length = bytes.getInt(start);
            if (length < HEADER || length > bytes.remaining()) {
                throw new MessageReader("message", datagram)
                        .malformed("it claims %d of %d bytes".formatted(length, bytes.remaining()));
            }
            answers.add(new Answer(
                    bytes.getShort(start + 4) & 0xffff,
                    bytes.getShort(start + 6) & 0xffff,
                    bytes.getInt(start + 8),
                    bytes.slice(start + HEADER, length - HEADER)));
            bytes.position(start + Math.min(Rtnetlink.aligned(length), bytes.remaining()));
        }
        return answers;
    }

    public MessageReader reader(Request request) {
        return new MessageReader(request.object().toString(), body);
    }

    /// The kernel's objection to the request, in an error or at the end of a dump; null if there is none.
    public KernelException refusal(Request request) throws KernelException {
        if (body.remaining() < 4) {
            return null; // some dumps end without a verdict
        }
        int errno = -body.order(ByteOrder.nativeOrder()).getInt(0);
        if (errno == 0) {
            return null;
        }
        return new KernelException(
                request.words(), errno, kernelText(reader(request).skip(4)));
    }

    /// The extended acknowledgement's text: attributes after `struct nlmsgerr`, or after the number in NLMSG_DONE.
    private String kernelText(MessageReader in) throws KernelException {
        if ((flags & NLM_F_ACK_TLVS) == 0) {
            return null;
        }
        if (type == NLMSG_ERROR) {
            int quoted = in.u32() - HEADER;
            in.skip(HEADER - 4);
            if ((flags & NLM_F_CAPPED) == 0) {
                in.skip(Rtnetlink.aligned(Math.max(0, quoted)));
            }
        }
        while (in.nextAttribute()) {
            if (in.attributeType() == NLMSGERR_ATTR_MSG) {
                return in.text();
            }
        }
        return null;
    }

    public KernelException malformed(Request request, String what) {
        return reader(request).malformed(what);
    }
}
