/// VICI, the protocol by which strongSwan's IKE daemon charon is configured: messages, packets, and a client. It
/// knows nothing of what flannel configures.
package jflannel.vici;
