/// Compares the speed of backends on this machine. The labs of all contenders run at the same time and are measured
/// in turn, so that what disturbs one disturbs all.
package jflannel.lab.bench;
