/// A look at this host's flannel that changes nothing: what tools know about it, whether the daemon runs or not, and
/// whether it is this program or Go flannel. [Inspection] is the result; [Inspector] is who looks.
package jflannel.inspect;
