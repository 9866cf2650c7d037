/// The way to the other nodes: which interface and addresses this node uses.
package jflannel.underlay;
