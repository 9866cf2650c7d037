package jflannel.trace;

import jflannel.kernel.Link;

/// The network namespace of a pod on this node.
///
/// @param path by which it can be entered
/// @param device the pod's own
/// @param otherEnd index of the device at the other end, on this node
public record PodNamespace(String path, Link device, int otherEnd) {}
