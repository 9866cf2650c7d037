/// What decides: the control loop and everything it drives on this node. [ControlLoop] is the page to read first.
package jflannel.control;
