/// The kernel's network objects as values with their codecs, and what compares them with what the kernel holds: see
/// [Kernel] and [Plan].
package jflannel.kernel;
