package jflannel.etcd;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.SynchronizationContext;
import java.lang.reflect.Field;
import java.util.List;
import jflannel.etcd.api.RangeRequest;
import org.junit.jupiter.api.Test;

class EtcdClientTest {
    private static final RangeRequest ANY =
            RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8("a")).build();

    /// gRPC never uses such a channel again, so one refused thread would cut a node off its store until a restart.
    @Test
    void aChannelThatGrpcHasGivenUpIsReplaced() throws Exception {
        TestSettings settings = TestSettings.of(List.of("http://127.0.0.1:1"), Nodes.PREFIX);
        try (EtcdClient client = new EtcdClient(settings.all())) {
            panic(client.channels()
                    .of(Endpoint.parse(settings.all().endpoints(), false).getFirst()));
            assertThatThrownBy(() -> client.range(ANY)).hasMessageContaining("Panic!");
            assertThatThrownBy(() -> client.range(ANY)).hasMessageContaining("Connection refused");
        }
    }

    private static void panic(ManagedChannel channel) throws Exception {
        Field field = channel.getClass().getSuperclass().getDeclaredField("delegate");
        field.setAccessible(true);
        Object inner = field.get(channel);
        Field context = inner.getClass().getDeclaredField("syncContext");
        context.setAccessible(true);
        ((SynchronizationContext) context.get(inner)).execute(() -> {
            throw new OutOfMemoryError("unable to create native thread");
        });
    }
}
