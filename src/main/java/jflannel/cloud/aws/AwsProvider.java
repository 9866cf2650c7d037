package jflannel.cloud.aws;

import java.util.EnumMap;
import java.util.Map;
import jflannel.cloud.CloudException;
import jflannel.cloud.CloudProvider;
import jflannel.cloud.CloudRoutes;
import jflannel.cloud.DesiredCloudRoutes;
import jflannel.cloud.http.CloudHttp;
import jflannel.cloud.http.InstanceMetadata;
import jflannel.ip.Family;
import jflannel.lease.BackendType;
import software.amazon.awssdk.core.SdkSystemSetting;

/// Amazon's VPC route tables.
public final class AwsProvider implements CloudProvider {
    private static final InstanceMetadata.Dialect METADATA =
            new InstanceMetadata.Dialect("X-aws-ec2-metadata-token", "local-ipv4s", "ipv6s");

    static {
        // version 1 never: for the credentials and the region, which Amazon's library asks for
        System.setProperty(SdkSystemSetting.AWS_EC2_METADATA_V1_DISABLED.property(), "true");
    }

    @Override
    public BackendType backend() {
        return BackendType.AWS_VPC;
    }

    @Override
    public CloudRoutes open(DesiredCloudRoutes wanted) throws CloudException, InterruptedException {
        return open(wanted, SdkSystemSetting.AWS_EC2_METADATA_SERVICE_ENDPOINT.getStringValueOrThrow());
    }

    static CloudRoutes open(DesiredCloudRoutes wanted, String metadataUrl) throws CloudException, InterruptedException {
        CloudHttp http = new CloudHttp();
        try {
            InstanceMetadata metadata = new InstanceMetadata(http, metadataUrl, METADATA);
            Map<Family, NetworkInterface> interfaces = new EnumMap<>(Family.class);
            for (Map.Entry<Family, DesiredCloudRoutes.Place> place :
                    wanted.places().entrySet()) {
                String folder = metadata.interfaceAt(place.getValue());
                NetworkInterface own = new NetworkInterface(
                        metadata.get(folder + "interface-id"),
                        metadata.get(folder + "subnet-id"),
                        metadata.get(folder + "vpc-id"));
                interfaces.put(place.getKey(), own);
            }
            return new AwsRoutes(wanted, interfaces, Ec2.of(http, wanted.endpoint()));
        } catch (CloudException | InterruptedException | RuntimeException e) {
            http.close();
            throw e;
        }
    }
}
