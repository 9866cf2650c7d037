/// The operating system: C functions ([Libc]), error numbers, network namespaces, settings, and other programs
/// ([Command]). The only code that calls C, and, beside the lab and the CNI plugin, the only code that starts
/// processes.
package jflannel.linux;
