/// A network of Docker's that has this node's subnet, so that its containers reach those of other nodes.
package jflannel.docker;
