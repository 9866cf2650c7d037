package jflannel.house.planted.netlink;

import jflannel.house.planted.linux.Command;

/// Breaks three rules on purpose, and keeps one.
public final class Mechanism {
    Command allowed;

    @SuppressWarnings("restricted")
    Object foreign() {
        return java.lang.foreign.Linker.nativeLinker();
    }

    Process process() throws java.io.IOException {
        return new ProcessBuilder("true").start();
    }

    /// Rules reach into nested classes.
    static final class Inner {
        io.grpc.Status status;
    }
}
