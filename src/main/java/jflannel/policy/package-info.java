/// Network policies: the objects of `networking.k8s.io/v1`, what they say about a packet ([Judge]), and the same in
/// the form in which nftables asks ([Rendering]).
package jflannel.policy;
