/// What flannel's things are called in the kernel and on the disk, for each of the networks that share a host.
package jflannel.names;
