package jflannel.tool;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import jflannel.lease.ConfigException;

/// Files as they are written for kubectl: several documents, YAML or JSON.
final class YamlDocuments {
    private YamlDocuments() {}

    /// Each document that is not empty, as JSON. JSON itself is passed on unread, because YAML takes no tabs.
    ///
    /// @throws ConfigException if it is not YAML
    static List<String> asJson(String text) {
        if (text.stripLeading().startsWith("{")) {
            return List.of(text);
        }
        List<String> documents = new ArrayList<>();
        YAMLMapper yaml = YAMLMapper.builder()
                .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
                .build();
        try (MappingIterator<JsonNode> all = yaml.readerFor(JsonNode.class).readValues(text)) {
            while (all.hasNextValue()) {
                JsonNode document = all.nextValue();
                if (document != null && !document.isNull() && !document.isMissingNode()) {
                    documents.add(document.toString());
                }
            }
        } catch (JacksonException e) {
            throw new ConfigException("it is neither YAML nor JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new ConfigException("it cannot be read: " + e.getMessage());
        }
        return documents;
    }
}
