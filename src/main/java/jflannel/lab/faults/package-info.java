/// Faults on purpose: [FaultsCommand] breaks a part of a lab while pods talk to each other, and [FaultRun] says what it
/// cost and whether that is within the [FaultBudget]. What is broken, and how, stands in the catalogues that
/// [FaultCatalogue] puts together.
package jflannel.lab.faults;
