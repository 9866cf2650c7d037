package jflannel.kernel;

/// What a piece of the kernel's news calls for.
public sealed interface Repair {
    Repair NOTHING = new Nothing();
    Repair PASS = new Pass();
    Repair AUDIT = new Audit();

    /// All is as desired, or it is nobody's business.
    record Nothing() implements Repair {}

    /// Exactly this object is missing, or something else is in its place.
    record Put(KernelObject object) implements Repair {}

    /// Exactly this object is ours and not desired.
    record Delete(KernelObject object) implements Repair {}

    /// Nothing is to be changed, but it takes a comparison of everything to tell what it means.
    record Audit() implements Repair {}

    /// It takes a look at everything.
    record Pass() implements Repair {}
}
