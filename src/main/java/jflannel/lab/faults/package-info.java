/// Faults on purpose: [FaultsCommand] breaks a part of a lab while pods talk to each other, and [Drill] says what it
/// cost and whether that is within the [Promise]. What is broken, and how, stands in the catalogues that [Catalogue]
/// puts together.
package jflannel.lab.faults;
