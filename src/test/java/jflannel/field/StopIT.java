package jflannel.field;

import static jflannel.field.FieldHost.eventually;
import static jflannel.field.FieldRow.config;
import static jflannel.field.FieldRow.of;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/// A stop shows in the journal as one, and no signal is lost.
class StopIT {
    private static final String UDP = config("\"Backend\":{\"Type\":\"udp\"}");

    static List<FieldRow> rows() {
        return List.of(
                of(
                        "the last line says that it was a signal",
                        field -> field.host(1).run(),
                        field -> {
                            field.host(1).stop();
                            assertThat(field.host(1).log()).contains("ended by a signal");
                        }),
                of(
                        "a signal while the host goes over to udp ends it",
                        field -> field.host(1).run(),
                        field -> {
                            field.put("config", UDP);
                            for (int i = 0; i < 4; i++) {
                                field.host(1).stop();
                                field.put("config", FieldRow.VXLAN);
                                field.host(1).run();
                                field.put("config", UDP);
                                Thread.sleep(30L * i);
                            }
                            field.host(1).stop();
                        }),
                of("a signal while a host starts with udp ends it", field -> field.put("config", UDP), field -> {
                    for (int i = 0; i < 4; i++) {
                        field.host(1).start();
                        eventually(
                                "it has read the configuration",
                                () -> field.host(1).log().contains("etcd key"));
                        field.host(1).stop();
                    }
                }));
    }

    @FieldTable
    void isSeenAndObeyed(FieldRow row) throws Exception {
        row.play();
    }
}
