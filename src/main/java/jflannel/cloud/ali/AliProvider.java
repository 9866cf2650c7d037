package jflannel.cloud.ali;

import java.util.EnumMap;
import java.util.Map;
import jflannel.cloud.CloudException;
import jflannel.cloud.CloudProvider;
import jflannel.cloud.CloudRoutes;
import jflannel.cloud.DesiredCloudRoutes;
import jflannel.cloud.DesiredCloudRoutes.Place;
import jflannel.cloud.http.CloudHttp;
import jflannel.cloud.http.InstanceMetadata;
import jflannel.ip.Family;
import jflannel.lease.BackendType;

/// Alibaba's VPC route tables.
public final class AliProvider implements CloudProvider {
    private static final String USUAL = "http://100.100.100.200";
    private static final InstanceMetadata.Dialect METADATA =
            new InstanceMetadata.Dialect("X-aliyun-ecs-metadata-token", "private-ipv4s", "ipv6s");

    @Override
    public BackendType backend() {
        return BackendType.ALI_VPC;
    }

    @Override
    public CloudRoutes open(DesiredCloudRoutes wanted) throws CloudException, InterruptedException {
        return open(wanted, USUAL);
    }

    static CloudRoutes open(DesiredCloudRoutes wanted, String metadataUrl) throws CloudException, InterruptedException {
        CloudHttp http = new CloudHttp();
        try {
            InstanceMetadata metadata = new InstanceMetadata(http, metadataUrl, METADATA);
            String primary = metadata.get("mac");
            Map<Family, AliRoutes.Home> homes = new EnumMap<>(Family.class);
            for (Map.Entry<Family, Place> place : wanted.places().entrySet()) {
                String folder = metadata.interfaceAt(place.getValue());
                // routes cannot lead to an instance's first interface by its own ID
                AliRoutes.Hop hop = folder.contains(primary)
                        ? new AliRoutes.Hop("Instance", metadata.get("instance-id"))
                        : new AliRoutes.Hop("NetworkInterface", metadata.get(folder + "network-interface-id"));
                homes.put(
                        place.getKey(),
                        new AliRoutes.Home(metadata.get(folder + "vpc-id"), metadata.get(folder + "vswitch-id"), hop));
            }
            AliVpc vpc = AliVpc.of(http, wanted.endpoint(), metadata.get("region-id"), wanted.network());
            return new AliRoutes(wanted, homes, vpc);
        } catch (CloudException | InterruptedException | RuntimeException e) {
            http.close();
            throw e;
        }
    }
}
