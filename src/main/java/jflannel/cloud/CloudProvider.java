package jflannel.cloud;

import jflannel.lease.BackendType;

/// Brings one cloud's route tables. Implementations are in the jar `jflannel-cloud`, found by
/// [java.util.ServiceLoader].
public interface CloudProvider {
    BackendType backend();

    /// @throws CloudException if this node cannot find out who it is
    CloudRoutes open(DesiredCloudRoutes wanted) throws CloudException, InterruptedException;
}
