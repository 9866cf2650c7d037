/// A cloud's own route tables: what this node's route in them should be, and a keeper that makes it so. What speaks to
/// each cloud is in a jar of its own, `jflannel-cloud`, in packages below this one; [CloudLibraries] finds it.
package jflannel.cloud;
