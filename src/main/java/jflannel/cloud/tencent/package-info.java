/// The backend `tencent-vpc`: the calls to Tencent Cloud's VPC API that it takes. Part of the optional jar
/// `jflannel-cloud`.
package jflannel.cloud.tencent;
