/// Programs for the kernel's own machine, and their maps: an assembler, and bpf(2). What the programs do is for those
/// who write them.
package jflannel.bpf;
