package jflannel.house.planted.daemon;

import java.io.IOException;
import jflannel.house.planted.etcd.Leases;

/// May use everything of ours, but breaks a rule on purpose.
public final class Program {
    Leases leases;

    Process process() throws IOException {
        return Runtime.getRuntime().exec(new String[] {"true"});
    }
}
