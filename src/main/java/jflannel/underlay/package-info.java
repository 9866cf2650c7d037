/// How this node reaches the others: which interfaces and addresses it uses.
package jflannel.underlay;
