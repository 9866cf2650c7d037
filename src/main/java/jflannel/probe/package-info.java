/// Packets that a tool sends to other nodes, to see which of them come back.
package jflannel.probe;
