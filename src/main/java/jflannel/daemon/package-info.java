/// `flanneld`: the main program, which only wires the parts together.
package jflannel.daemon;
