package jflannel.lab.cloud;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import jflannel.ip.Cidr;
import jflannel.lease.BackendType;

/// A cloud that is stood in for, as a lab sees it.
public interface CloudStandIn extends AutoCloseable {
    /// Hears of each change of the routes that count.
    @FunctionalInterface
    interface Listener {
        /// @param target empty if packets to that destination go nowhere now
        void routed(Cidr destination, Optional<Machine> target);
    }

    /// Listens at that address, in the network namespace of the calling thread.
    static CloudStandIn start(BackendType backend, InetSocketAddress address, Listener listener) throws IOException {
        return switch (backend) {
            case AWS_VPC -> new AwsStandIn(address, System::nanoTime, listener);
            case GCE -> new GceStandIn(address, System::nanoTime, listener);
            case TENCENT_VPC -> new TencentStandIn(address, System::nanoTime, listener);
            case ALI_VPC -> new AliStandIn(address, System::nanoTime, listener);
            default -> throw new IllegalArgumentException(backend + " uses no cloud");
        };
    }

    void add(Machine machine);

    /// Ends a machine: routes to it lead nowhere.
    void remove(int number);

    /// What goes wrong in it.
    CloudFaults faults();

    /// Somebody deletes a route by hand.
    ///
    /// @return false if there was none
    boolean delete(Cidr destination);

    @Override
    void close();
}
