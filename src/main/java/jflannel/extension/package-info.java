/// The commands of the backend `extension`: how they are run, with what, and what is remembered of them. No shell is
/// ever involved, and what other nodes published reaches a command only as its input and its environment.
package jflannel.extension;
