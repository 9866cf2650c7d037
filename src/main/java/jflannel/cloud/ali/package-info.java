/// The backend `ali-vpc`: the calls to Alibaba Cloud's VPC API that it takes. Part of the optional jar
/// `jflannel-cloud`.
package jflannel.cloud.ali;
