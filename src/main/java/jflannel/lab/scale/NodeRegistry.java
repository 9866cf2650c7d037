package jflannel.lab.scale;

import java.io.IOException;
import jflannel.lab.LabNode;

/// The store in which flanneld finds the simulated nodes.
interface NodeRegistry extends AutoCloseable {
    /// Starts flanneld on a node among the simulated ones.
    void start(LabNode node) throws IOException;

    /// Adds simulated nodes, and returns when they can be read.
    void add(SimulatedNodes simulated, int first, int count) throws IOException;

    void remove(SimulatedNodes simulated, int member) throws IOException;

    @Override
    void close();
}
