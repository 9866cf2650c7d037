package jflannel.linux;

/// The kernel's reply to one of many questions.
///
/// @param object null if it was refused
/// @param refusal the kernel's reason; null if there is an object
public record KernelReply<T>(T object, KernelException refusal) {}
