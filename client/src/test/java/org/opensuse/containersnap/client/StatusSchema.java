package org.opensuse.containersnap.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.harrel.jsonschema.Validator;
import dev.harrel.jsonschema.ValidatorFactory;
import dev.harrel.jsonschema.providers.JacksonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The JSON Schema of what `status --json` prints, as it is installed.
public final class StatusSchema {
    private static final Path FILE = Path.of("src", "main", "distribution", "status.schema.json");
    private static final ObjectMapper JSON = new ObjectMapper();

    private StatusSchema() {}

    /// What is wrong with a document, also each member that the schema does not tell of; empty when nothing is.
    public static List<String> problems(String document) {
        try {
            JsonNode schema = JSON.readTree(Files.readString(FILE));
            close(schema);
            Validator validator = new ValidatorFactory()
                    .withJsonNodeFactory(new JacksonNode.Factory())
                    .createValidator();
            URI uri = validator.registerSchema(schema);
            return validator.validate(uri, document).getErrors().stream()
                    .map(error -> error.getInstanceLocation() + ": " + error.getError())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Readers are to bear with members that are added, but what is printed is to be written down.
    private static void close(JsonNode schema) {
        if (schema instanceof ObjectNode object && object.path("properties").isObject()) {
            object.put("additionalProperties", false);
        }
        schema.forEach(StatusSchema::close);
    }
}
