package jflannel.backend;

import java.util.List;
import java.util.Map;
import jflannel.dataplane.Endpoint;
import jflannel.ip.Cidr;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Ownership;

/// The state that a backend wants on this node.
///
/// @param objects that the kernel should hold
/// @param ownership what of the kernel's objects is ours, so that what is not among `objects` can be deleted
/// @param ignored why peers cannot be reached because of what they published: by [Lease#key], or by the single subnet
/// @param endpoints where to send packets for a subnet, if they pass through this process
public record Desired(
        List<KernelObject> objects, Ownership ownership, Map<Object, String> ignored, Map<Cidr, Endpoint> endpoints) {}
