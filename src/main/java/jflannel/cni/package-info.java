/// The CNI plugin `flannel`: it adds what flanneld wrote to subnet.env to a network configuration and lets another
/// plugin, mostly `bridge`, do the work. It runs once for each pod that starts or ends, so it avoids what makes Java
/// start slowly: no command line library, no foreign functions, no reflection, no logging framework.
package jflannel.cni;
