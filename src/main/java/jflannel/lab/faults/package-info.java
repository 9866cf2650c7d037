/// Faults on purpose: [FaultsCommand] breaks part of a lab while pods talk to each other, and [FaultRun] reports
/// what it cost and whether that is within the [FaultBudget]. [FaultCatalogue] lists all faults.
package jflannel.lab.faults;
