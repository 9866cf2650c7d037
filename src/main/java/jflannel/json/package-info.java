/// JSON texts as plain values, for programs that have to start fast.
package jflannel.json;
