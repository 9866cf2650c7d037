package jflannel.lab;

import java.time.Duration;

/// How long to wait for what may be slow: as long as on a real machine, times `jflannel.lab.slowness`, which an
/// emulated machine sets.
public final class Patience {
    private static final int SLOWNESS = Integer.getInteger("jflannel.lab.slowness", 1);

    private Patience() {}

    public static int seconds(int onRealMachine) {
        return SLOWNESS * onRealMachine;
    }

    public static Duration of(Duration onRealMachine) {
        return onRealMachine.multipliedBy(SLOWNESS);
    }
}
