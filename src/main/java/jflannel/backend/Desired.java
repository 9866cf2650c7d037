package jflannel.backend;

import java.util.List;
import java.util.Map;
import jflannel.dataplane.Endpoint;
import jflannel.ip.Cidr;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Ownership;

/// What a backend wants of this node.
///
/// @param objects that the kernel should hold
/// @param ownership what of the kernel's objects is ours, so that those beyond `objects` may go
/// @param ignored why a peer is out of reach that is, since what it published makes no sense here: by [Lease#key], or
///     by the single subnet
/// @param endpoints where packets for a subnet travel that pass through this process
public record Desired(
        List<KernelObject> objects, Ownership ownership, Map<Object, String> ignored, Map<Cidr, Endpoint> endpoints) {}
