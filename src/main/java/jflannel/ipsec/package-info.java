/// IPsec's keys: what strongSwan's charon should know of each peer, and the keeper that runs it and keeps it so.
package jflannel.ipsec;
