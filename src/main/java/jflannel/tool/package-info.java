/// The command `flannel` for operators.
package jflannel.tool;
