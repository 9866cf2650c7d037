package jflannel.cloud;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import jflannel.ip.Cidr;

/// The route tables of one cloud, as the node that this was opened for uses them. Used on one thread; calls block, and
/// none tries again by itself: the keeper knows when to.
public interface CloudRoutes extends AutoCloseable {
    /// Lets this node's interface send and receive packets with pods' addresses, which clouds drop by default; or
    /// checks that it may.
    void admit() throws CloudException, InterruptedException;

    /// The tables that should hold this node's routes. One call, or one for each page.
    List<CloudTable> tables() throws CloudException, InterruptedException;

    /// Adds a route that leads a subnet to this node.
    void create(CloudTable table, Cidr subnet) throws CloudException, InterruptedException;

    /// Makes a route lead to this node.
    void replace(CloudRoute route) throws CloudException, InterruptedException;

    /// Deletes a route. That it is gone already is no error.
    void delete(CloudRoute route) throws CloudException, InterruptedException;

    /// Those of the routes that nodes of this network made, by their names or marks.
    Set<CloudRoute> made(Collection<CloudRoute> routes) throws CloudException, InterruptedException;

    /// This node in the cloud's words: `eni-1`.
    String node();

    @Override
    void close();
}
