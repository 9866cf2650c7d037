/// The status page: what this node knows about its network, for people with a browser. Loaded only where it is wanted.
package jflannel.page;
