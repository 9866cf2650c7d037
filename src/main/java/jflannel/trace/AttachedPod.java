package jflannel.trace;

import jflannel.ip.Ip;

/// A pod of this node, as it is connected.
///
/// @param namespace path of its network namespace
/// @param address in this node's subnet
/// @param otherEnd index of the device on this node that its device is connected with
/// @param hasWay true if it has a route to pods of other nodes
public record AttachedPod(String namespace, Ip address, int otherEnd, boolean hasWay) {}
