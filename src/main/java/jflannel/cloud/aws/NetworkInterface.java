package jflannel.cloud.aws;

/// An elastic network interface of this instance.
///
/// @param subnet the VPC's subnet that it is in
record NetworkInterface(String id, String subnet, String vpc) {}
