package jflannel.house.planted.etcd;

import jflannel.house.planted.ip.Fact;

/// Keeps the rules: this is the place for gRPC.
public final class Leases {
    Fact fact;
    io.grpc.Status status;
}
