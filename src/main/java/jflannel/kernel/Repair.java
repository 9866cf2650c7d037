package jflannel.kernel;

/// What a notification of the kernel calls for.
public sealed interface Repair {
    Repair NOTHING = new Nothing();
    Repair PASS = new Pass();
    Repair AUDIT = new Audit();

    /// All is as desired, or it does not concern us.
    record Nothing() implements Repair {}

    /// Exactly this object is missing, or something else is in its place.
    record Put(KernelObject object) implements Repair {}

    /// Exactly this object is ours and not desired.
    record Delete(KernelObject object) implements Repair {}

    /// Nothing to change yet; only a comparison of everything can tell what it means.
    record Audit() implements Repair {}

    /// Everything has to be looked at.
    record Pass() implements Repair {}
}
