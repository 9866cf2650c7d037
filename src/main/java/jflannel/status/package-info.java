/// How this node is: every [Condition] that can be wrong with it is declared once, whoever notices it raises it on the
/// [Board], and the health server, the status file, the metrics and the log render what the board shows.
package jflannel.status;
