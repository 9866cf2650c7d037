/// How this node reaches the others: which interfaces and addresses it uses, and what it must not cut off.
package jflannel.underlay;
