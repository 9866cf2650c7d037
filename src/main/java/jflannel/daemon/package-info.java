/// The program flanneld: [Flanneld] wires its parts, [ControlLoop] decides and is the only one that changes the node,
/// and [Options] declares every flag.
package jflannel.daemon;
