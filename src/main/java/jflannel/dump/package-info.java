/// The support bundle: what one would want to see of a host's flannel, without its secrets.
package jflannel.dump;
