/// The kernel's network objects as values with their codecs, and the comparison with what the kernel holds: see
/// [Kernel] and [Plan].
package jflannel.kernel;
