/// Packets as they pass the devices of a network namespace, decoded with what flannel wraps them in.
package jflannel.capture;
