package jflannel.linux;

/// What the kernel gave when it was asked for one of many things.
///
/// @param object null if it was refused
/// @param refusal why, in the kernel's words; null if there is an object
public record KernelReply<T>(T object, KernelException refusal) {}
