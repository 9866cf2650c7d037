/// `flannel lab scale`: one node's flanneld among the leases of thousands of nodes that exist only in the store.
package jflannel.lab.scale;
