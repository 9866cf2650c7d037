/// Follows one packet through this node and to its destination, hop by hop, as the kernel would carry it now: for
/// people who ask where it is lost. Reads the kernel's tables and everybody's firewall rules, and changes nothing.
package jflannel.trace;
