package jflannel.linux;

import java.io.IOException;

/// The kernel refused something, in a system call or in answer to a netlink message.
public final class KernelException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int errno;

    /// @param operation what was tried, with the values that matter: `put route 10.5.2.0/24 via 192.0.2.2 dev 77`
    /// @param errno the positive error number
    /// @param kernelText the kernel's own explanation (netlink's extended acknowledgement), or null
    public KernelException(String operation, int errno, String kernelText) {
        super("%s: %s [errno %d]"
                .formatted(
                        operation,
                        kernelText == null ? Errno.words(errno) : Errno.words(errno) + ": " + kernelText,
                        errno));
        this.errno = errno;
    }

    /// The positive error number.
    public int errno() {
        return errno;
    }

    public boolean is(Errno expected) {
        return errno == expected.number();
    }
}
