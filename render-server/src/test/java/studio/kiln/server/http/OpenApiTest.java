package studio.kiln.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.api.ApiJson;
import tools.jackson.databind.JsonNode;

@Tag("contract")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OpenApiTest {
    private static final Set<String> METHODS =
            Set.of("get", "put", "post", "delete", "options", "head", "patch", "trace");

    @TempDir
    static Path home;

    private List<Route> routes;
    private JsonNode document;

    @BeforeAll
    void read() throws IOException, InterruptedException {
        RunningServer running = RunningServer.start(home);
        try (running) {
            routes = running.server.routes();
            document = ApiJson.STRICT.readTree(
                    running.send(running.bare("/api/openapi.json")).body());
        }
    }

    @AfterAll
    void forget() {
        routes = List.of();
    }

    @Test
    void theDescriptionHasEveryRouteAndNothingElse() {
        Set<String> described = new TreeSet<>();
        document.get("paths")
                .properties()
                .forEach(path -> path.getValue()
                        .propertyNames()
                        .forEach(method -> described.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
        Set<String> served = new TreeSet<>();
        routes.forEach(route -> served.add(route.method() + " " + route.path()));
        assertThat(described).isEqualTo(served);
    }

    @Test
    void eachOperationNamesThePermissionOfItsRoute() {
        for (Route route : routes) {
            JsonNode operation = operation(route);
            assertThat(operation.get("x-kiln-permission").asString()).isEqualTo(String.valueOf(route.permission()));
            assertThat(operation.get("summary").asString()).isEqualTo(route.summary());
        }
    }

    @Test
    void everyReferenceLeadsSomewhere() {
        List<String> references = new ArrayList<>();
        collect(document, references);
        assertThat(references).isNotEmpty();
        for (String reference : references) {
            assertThat(reference).startsWith("#/");
            assertThat(document.at(reference.substring(1)).isMissingNode())
                    .as(reference)
                    .isFalse();
        }
    }

    @Test
    void theDocumentHasTheFormOfOpenApi31() {
        assertThat(document.get("openapi").asString()).matches("3\\.1\\.\\d+");
        assertThat(document.at("/info/title").asString()).isNotBlank();
        assertThat(document.at("/info/version").asString()).isNotBlank();
        Set<String> ids = new HashSet<>();
        document.get("paths").properties().forEach(path -> {
            assertThat(path.getKey()).startsWith("/");
            path.getValue().properties().forEach(operation -> {
                assertThat(METHODS).contains(operation.getKey());
                JsonNode o = operation.getValue();
                assertThat(ids.add(o.get("operationId").asString()))
                        .as(o.get("operationId").asString())
                        .isTrue();
                assertThat(o.get("responses").isEmpty()).isFalse();
                o.get("responses").properties().forEach(response -> {
                    assertThat(response.getKey()).matches("default|[1-5]\\d\\d");
                    assertThat(response.getValue().has("description")
                                    || response.getValue().has("$ref"))
                            .isTrue();
                });
                Set<String> inPath = new TreeSet<>(RouteTable.parametersOf(path.getKey()));
                Set<String> declared = new TreeSet<>();
                o.path("parameters").forEach(p -> {
                    assertThat(p.get("in").asString()).isIn("path", "query", "header");
                    assertThat(p.has("schema")).isTrue();
                    if (p.get("in").asString().equals("path")) {
                        assertThat(p.get("required").asBoolean()).isTrue();
                        declared.add(p.get("name").asString());
                    }
                });
                assertThat(declared).isEqualTo(inPath);
            });
        });
        document.at("/components/schemas").properties().forEach(schema -> {
            assertThat(schema.getKey()).matches("[A-Za-z0-9._-]+");
            JsonNode properties = schema.getValue().get("properties");
            schema.getValue()
                    .path("required")
                    .forEach(name -> assertThat(properties.has(name.asString())).isTrue());
        });
    }

    @Test
    void schemasSayWhatIsSent() {
        JsonNode version = document.at("/components/schemas/ModelVersionView");
        assertThat(version.at("/properties/createdAt/format").asString()).isEqualTo("date-time");
        assertThat(version.at("/properties/state/enum").toString()).contains("INSPECTING");
        assertThat(version.at("/properties/manifest/$ref").asString()).endsWith("/Manifest");
        List<String> required = new ArrayList<>();
        version.get("required").forEach(r -> required.add(r.asString()));
        assertThat(required).contains("id", "manifest").doesNotContain("problem", "inspection");
        assertThat(document.at("/components/schemas/ModelViewPage/properties/items/items/$ref")
                        .asString())
                .isEqualTo("#/components/schemas/ModelView");
        assertThat(document.at("/components/schemas/Sha256").isMissingNode()).isTrue();
        assertThat(Map.of(
                        "pattern",
                        document.at("/components/schemas/ManifestFile/properties/sha256/pattern")
                                .asString()))
                .containsEntry("pattern", "^[0-9a-f]{64}$");
    }

    private JsonNode operation(Route route) {
        return document.get("paths").get(route.path()).get(route.method().toLowerCase(Locale.ROOT));
    }

    private static void collect(JsonNode node, List<String> references) {
        if (node.has("$ref") && node.get("$ref").isString()) {
            references.add(node.get("$ref").asString());
        }
        node.forEach(child -> collect(child, references));
    }
}
