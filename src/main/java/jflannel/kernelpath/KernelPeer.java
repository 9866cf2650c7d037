package jflannel.kernelpath;

import jflannel.ip.Ip;

/// Where the packets for a subnet go to and come from.
///
/// @param address of the peer, of either family
/// @param mtu the largest inner packet, in bytes, that reaches it whole; 0 if no route leads to another host
/// @param sendsByKernel true if the kernel may send to it by itself: it has announced that it takes such packets.
///     What comes from it is checked in either case
public record KernelPeer(Ip address, int mtu, boolean sendsByKernel) {}
