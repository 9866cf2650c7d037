/// How fast are the backends, on this machine and side by side? Labs of all contenders stand at the same time and are
/// measured in turns, so that what disturbs one disturbs all.
package jflannel.lab.bench;
