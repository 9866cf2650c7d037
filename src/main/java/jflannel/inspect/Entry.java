package jflannel.inspect;

import java.util.Optional;
import jflannel.kernel.KernelObject;

/// An object that the kernel should hold.
///
/// @param found what it holds in that place; the same as `wanted` if all is well
/// @param obstacle why it cannot hold it as long as things are as they are; empty if nothing is in the way
public record Entry(KernelObject wanted, Optional<KernelObject> found, String obstacle) {
    public boolean isPresent() {
        return found.filter(wanted::equals).isPresent();
    }

    /// True if there is nothing in its place.
    public boolean isMissing() {
        return found.isEmpty();
    }
}
