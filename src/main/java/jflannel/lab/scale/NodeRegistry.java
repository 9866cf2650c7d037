package jflannel.lab.scale;

import java.io.IOException;
import jflannel.lab.LabNode;

/// Where flanneld learns of the crowd.
interface NodeRegistry extends AutoCloseable {
    /// Starts flanneld on a node that is to be among the crowd.
    void start(LabNode node) throws IOException;

    /// Adds members of the crowd, and returns when everybody can read of them.
    void add(SimulatedNodes simulated, int first, int count) throws IOException;

    void remove(SimulatedNodes simulated, int member) throws IOException;

    @Override
    void close();
}
