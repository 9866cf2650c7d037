package jflannel.report;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import jflannel.linux.Fd;
import jflannel.linux.KernelException;
import jflannel.linux.Libc;
import jflannel.linux.UnixAddress;

/// Reports this service's state to systemd, by datagrams to the socket in `NOTIFY_SOCKET`: sd_notify(3). Does nothing
/// if that is not set. A failure is only a warning: the node's traffic does not depend on it.
public final class SystemdNotify {
    private static final System.Logger LOG = System.getLogger(SystemdNotify.class.getName());

    private final String socket;

    /// @param environment that of the process
    public SystemdNotify(Map<String, String> environment) {
        this.socket = environment.getOrDefault("NOTIFY_SOCKET", "");
    }

    /// Start-up is over: units ordered after this one may start.
    public void ready() {
        send("READY=1");
    }

    /// The service is stopping.
    public void stopping() {
        send("STOPPING=1");
    }

    private void send(String message) {
        if (socket.isEmpty()) {
            return;
        }
        try (Arena arena = Arena.ofConfined();
                Fd fd = Libc.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM, 0)) {
            MemorySegment state = Libc.callState(arena);
            MemorySegment address = UnixAddress.of(arena, socket);
            check(Libc.connect(fd.number(), address, (int) address.byteSize(), state));
            MemorySegment text = arena.allocateFrom(JAVA_BYTE, message.getBytes(UTF_8));
            // a full queue must not stop the control loop
            check(Libc.send(fd.number(), text, text.byteSize(), Libc.MSG_DONTWAIT, state));
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "systemd was not told " + message + ": " + e.getMessage());
        }
    }

    private void check(long result) throws KernelException {
        if (result < 0) {
            throw new KernelException("send to NOTIFY_SOCKET " + socket, (int) -result, null);
        }
    }
}
