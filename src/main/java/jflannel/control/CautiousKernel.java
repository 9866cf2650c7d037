package jflannel.control;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.kernel.InterfaceAddress;
import jflannel.kernel.Kernel;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Link;
import jflannel.kernel.Outcome;
import jflannel.kernel.Ownership;
import jflannel.kernel.Route;
import jflannel.kernel.Vxlan;
import jflannel.linux.KernelException;

/// A kernel of which nothing is deleted by [#converge] until the store has told of all leases: what the node remembers
/// may be older than what its kernel holds, and that carries packets. Tells of each change of a device, to be counted.
final class CautiousKernel implements Kernel {
    private final Kernel kernel;
    private final BooleanSupplier mayDelete;
    private final Runnable onDeviceChange;

    CautiousKernel(Kernel kernel, BooleanSupplier mayDelete, Runnable onDeviceChange) {
        this.kernel = kernel;
        this.mayDelete = mayDelete;
        this.onDeviceChange = onDeviceChange;
    }

    @Override
    public Outcome converge(Predicate<KernelObject> ours, Collection<? extends KernelObject> desired)
            throws IOException {
        return kernel.converge(mayDelete.getAsBoolean() ? ours : _ -> false, desired);
    }

    @Override
    public Outcome converge(Ownership ours, Collection<? extends KernelObject> desired) throws IOException {
        return kernel.converge(mayDelete.getAsBoolean() ? ours : new Ownership(ours.devices(), _ -> false), desired);
    }

    @Override
    public Outcome add(Collection<? extends KernelObject> objects) throws IOException {
        return kernel.add(objects);
    }

    @Override
    public List<Link> links() throws IOException {
        return kernel.links();
    }

    @Override
    public Optional<Link> link(String name) throws IOException {
        return kernel.link(name);
    }

    @Override
    public List<InterfaceAddress> addresses() throws IOException {
        return kernel.addresses();
    }

    @Override
    public List<Route> routes() throws IOException {
        return kernel.routes();
    }

    @Override
    public Reach routeTo(Ip destination) throws IOException {
        return kernel.routeTo(destination);
    }

    @Override
    public Link createVxlan(String name, Mac mac, int mtu, Vxlan vxlan) throws KernelException {
        Link made = kernel.createVxlan(name, mac, mtu, vxlan);
        onDeviceChange.run();
        return made;
    }

    @Override
    public void admit(Link vxlan, int vni) throws KernelException {
        kernel.admit(vxlan, vni);
    }

    @Override
    public void delete(Link link) throws KernelException {
        kernel.delete(link);
        onDeviceChange.run();
    }

    @Override
    public void setMtu(Link link, int mtu) throws KernelException {
        kernel.setMtu(link, mtu);
        onDeviceChange.run();
    }

    @Override
    public void setMac(Link link, Mac mac) throws KernelException {
        kernel.setMac(link, mac);
        onDeviceChange.run();
    }

    @Override
    public void setUp(Link link) throws KernelException {
        kernel.setUp(link);
        onDeviceChange.run();
    }

    @Override
    public void close() {
        kernel.close();
    }
}
