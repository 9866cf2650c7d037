package jflannel.kube;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URLEncoder;
import jflannel.json.JsonStream;
import jflannel.kubeapi.Resource;

/// Reads the name of a Pod's node out of its object, or "".
final class PodForm implements Resource.Form<String> {
    private String nodeName = "";

    private PodForm() {}

    static Resource<String> pods(String namespace) {
        return new Resource<>(
                "/api/v1/namespaces/" + URLEncoder.encode(namespace, UTF_8) + "/pods", "pods", PodForm::new);
    }

    @Override
    public void take(String name, JsonStream value) throws IOException {
        if (name.equals("spec")) {
            value.object(field -> {
                if (field.equals("nodeName")) {
                    nodeName = value.string();
                }
            });
        }
    }

    @Override
    public String filled(Resource.Metadata metadata) {
        return nodeName;
    }
}
