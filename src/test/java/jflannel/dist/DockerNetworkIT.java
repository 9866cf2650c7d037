package jflannel.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import jflannel.linux.Command;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// A user-defined network of a real dockerd that has its host's subnet, and follows it.
@ExtendWith(OwnNetns.class)
class DockerNetworkIT {
    private static final Path FLANNEL = Path.of("target/jflannel/bin/flannel").toAbsolutePath();

    private static Command.Result create(LabNode node) throws IOException {
        return node.host()
                .attempt("env", "DOCKER_HOST=unix:///run/docker.sock", FLANNEL.toString(), "docker-network", "create");
    }

    private static Lab lab(String... flags) throws IOException {
        for (String program : new String[] {"dockerd", "busybox"}) {
            assumeTrue(Command.find(program).isPresent(), program + " is missing");
        }
        Lab lab = Lab.prepared(LabSetup.of(Scenario.VXLAN).withFlags(flags), Lab.Progress.NONE);
        for (LabNode node : lab.nodes()) {
            node.startFlanneld();
        }
        for (LabNode node : lab.nodes()) {
            node.awaitReady();
        }
        return lab;
    }

    @Test
    void containersOfTwoHostsReachEachOtherInANetworkOfTheirOwn() throws Exception {
        try (Lab lab = lab();
                DockerHost docker1 = DockerHost.apart(lab.node(1));
                DockerHost docker2 = DockerHost.apart(lab.node(2))) {
            for (LabNode node : lab.nodes()) {
                Command.Result made = create(node);
                assertThat(made.errors()).isEmpty();
                assertThat(made.output()).contains("made the Docker network flannel with " + node.subnet(Family.IPV4));
                assertThat(create(node).output()).contains("is as it should be");
            }
            docker1.run("container-1", "--network=flannel");
            docker2.run("container-2", "--network=flannel");
            assertThat(docker1.address("container-1")).isEqualTo("100.96.1.2");
            assertThat(docker2.address("container-2")).isEqualTo("100.96.2.2");
            assertThat(docker1.exec("container-1", "ping -c 3 -s 1422 100.96.2.2"))
                    .as("packets of the full size")
                    .contains(" 0% packet loss");
            assertThat(docker1.caller("container-1", "100.96.2.2")).isEqualTo("100.96.1.2");
            assertThat(docker2.caller("container-2", "100.96.1.2")).isEqualTo("100.96.2.2");
            DockerHost.serve(lab.router());
            assertThat(docker1.caller("container-1", "10.168.0.1"))
                    .as("the outside sees the host's address")
                    .isEqualTo(lab.node(1).address(Family.IPV4).toString());
            isRemovedByUninstallWithoutContainers(docker1, lab.node(1));
        }
    }

    private static void isRemovedByUninstallWithoutContainers(DockerHost docker, LabNode node) throws IOException {
        docker.docker("%s network create other");
        String[] dryRun = {"env", "DOCKER_HOST=unix:///run/docker.sock", FLANNEL.toString(), "uninstall", "--dry-run"};
        assertThat(node.host().attempt(dryRun).output())
                .contains("would keep the Docker network flannel: it has containers: container-1");
        docker.docker("%s rm --force container-1");
        assertThat(node.host().attempt(dryRun).output())
                .contains("would remove the Docker network flannel\n")
                .doesNotContain("other");
    }

    @Test
    void projectsOfComposeOnTwoHostsReachEachOther() throws Exception {
        assumeTrue(Command.find("docker-compose").isPresent(), "docker-compose is missing");
        try (Lab lab = lab();
                DockerHost docker1 = DockerHost.apart(lab.node(1));
                DockerHost docker2 = DockerHost.apart(lab.node(2))) {
            for (LabNode node : lab.nodes()) {
                assertThat(create(node).exitCode()).isZero();
                Files.writeString(node.host().run().resolve("compose.yaml"), """
                        services:
                          web:
                            image: page
                            container_name: web
                            command: httpd -f -p 0.0.0.0:80 -h /www
                        networks:
                          default:
                            name: flannel
                            external: true
                        """);
                node.sh("DOCKER_HOST=unix:///run/docker.sock docker-compose --file /run/compose.yaml up --detach");
            }
            assertThat(docker1.caller("web", docker2.address("web"))).isEqualTo(docker1.address("web"));
            assertThat(docker2.caller("web", docker1.address("web"))).isEqualTo(docker2.address("web"));
        }
    }

    @Test
    void aNetworkFollowsTheSubnetUnlessContainersWouldLoseIt() throws Exception {
        try (Lab lab = lab("--docker-network=flannel");
                DockerHost docker = DockerHost.apart(lab.node(1))) {
            LabNode node = lab.node(1);
            String subnet = "%s network inspect --format='{{range .IPAM.Config}}{{.Subnet}}{{end}}' flannel";
            await().atMost(Duration.ofSeconds(20))
                    .ignoreExceptions()
                    .untilAsserted(() -> assertThat(docker.docker(subnet)).isEqualTo("100.96.1.0/24"));
            docker.run("web", "--network=flannel");
            docker.docker("%s stop --time=1 web");
            move(lab, node, "100.96.77.0-24");
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(node.sh("cat /run/flannel/status.json"))
                            .contains("\"docker-network\"", "100.96.77.0/24", "docker compose down", "web"));
            assertThat(docker.docker(subnet)).isEqualTo("100.96.1.0/24");
            assertThat(create(node).exitCode()).isEqualTo(1);

            docker.docker("%s rm --force web");
            await().atMost(Duration.ofSeconds(20))
                    .ignoreExceptions()
                    .untilAsserted(() -> assertThat(docker.docker(subnet)).isEqualTo("100.96.77.0/24"));
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() ->
                            assertThat(node.sh("cat /run/flannel/status.json")).doesNotContain("\"docker-network\""));

            docker.docker(
                    "%s network rm flannel; %1$s network create --subnet=100.96.77.0/24 flannel".replace("%s", "%1$s"));
            assertThat(create(node).errors()).contains("was not made by flannel");
        }
    }

    /// Gives the node another subnet by a reservation, and starts its flanneld again.
    private static void move(Lab lab, LabNode node, String name) throws IOException {
        node.flanneld().terminate(10);
        lab.store().delete("subnets/100.96.1.0-24");
        lab.store().put("subnets/" + name, "{\"PublicIP\":\"%s\"}".formatted(node.address(Family.IPV4)));
        node.startFlanneld();
        node.awaitReady();
    }
}
