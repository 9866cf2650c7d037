/// A cluster on one machine: nodes, a switch and a real etcd, each a set of processes in namespaces of its own, and
/// an experiment that shows how pods reach each other. Configures nothing in the machine's own namespace.
package jflannel.lab;
