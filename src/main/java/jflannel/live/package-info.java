/// Sends a marked packet, and watches on which devices of this node it and its answer really pass.
package jflannel.live;
