/// A stand-in for the Kubernetes API, where a real cluster would be too much.
package jflannel.lab.kube;
