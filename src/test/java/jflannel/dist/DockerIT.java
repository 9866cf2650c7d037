package jflannel.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import jflannel.linux.Command;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Docker containers on two hosts, as in the explanations of flannel: etcd, flanneld, mk-docker-opts.sh, dockerd.
@ExtendWith(OwnNetns.class)
class DockerIT {
    @ParameterizedTest(name = "{0}")
    @CsvSource({"VXLAN, 1450", "UDP, 1472"})
    void containersOfTwoHostsReachEachOther(Scenario scenario, int mtu) throws Exception {
        needs("dockerd", "docker.io");
        needs("busybox", "busybox-static");
        try (Lab lab = Lab.prepared(LabSetup.of(scenario), Lab.Progress.NONE)) {
            for (LabNode node : lab.nodes()) {
                node.startFlanneld();
            }
            for (LabNode node : lab.nodes()) {
                node.awaitReady();
            }
            try (DockerHost docker1 = DockerHost.ofSubnet(lab.node(1));
                    DockerHost docker2 = DockerHost.ofSubnet(lab.node(2))) {
                assertThat(docker1.options().replace(" --allow-direct-routing", ""))
                        .contains("DOCKER_OPTS=\" --bip=100.96.1.1/24 --ip-masq=false --mtu=" + mtu + "\"");
                docker1.run("container-1");
                docker2.run("container-2");
                assertThat(docker1.address("container-1")).isEqualTo("100.96.1.2");
                assertThat(docker2.address("container-2")).isEqualTo("100.96.2.2");
                assertThat(docker1.exec("container-1", "ip -o link show eth0")).contains("mtu " + mtu);
                assertThat(lab.node(1).sh("ip -o -4 addr show docker0")).contains("100.96.1.1/24");

                // a ping of the largest size that needs no fragments
                assertThat(docker1.exec("container-1", "ping -c 3 -s " + (mtu - 28) + " 100.96.2.2"))
                        .contains(" 0% packet loss");

                assertThat(docker1.caller("container-1", "100.96.2.2"))
                        .as("containers see each other's own addresses")
                        .isEqualTo("100.96.1.2");
                assertThat(docker2.caller("container-2", "100.96.1.2")).isEqualTo("100.96.2.2");

                DockerHost.serve(lab.router());
                assertThat(docker1.caller("container-1", "10.168.0.1"))
                        .as("the outside sees the host's address")
                        .isEqualTo(lab.node(1).address(Family.IPV4).toString());
            }
        }
    }

    private static void needs(String program, String debianPackage) {
        assumeTrue(
                Command.find(program).isPresent(), program + " is missing; Debian's package of it is " + debianPackage);
    }
}
