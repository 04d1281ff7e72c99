package studio.kiln.server.http;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.KilnVersion;
import studio.kiln.core.access.Permission;
import studio.kiln.core.api.ApiJson;
import studio.kiln.core.api.Problem;
import studio.kiln.core.asset.Sha256;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Describes a table of routes as OpenAPI 3.1. Schemas are read from the records that are sent, so the description cannot
 * differ from what is served.
 *
 * @see <a href="https://spec.openapis.org/oas/v3.1.1.html">OpenAPI Specification 3.1.1</a>
 */
final class OpenApi {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final JsonMapper PRINTER = ApiJson.STRICT;

    private final Map<String, ObjectNode> schemas = new TreeMap<>();
    private final Map<String, Type> named = new LinkedHashMap<>();

    private OpenApi() {}

    /** The document as JSON. */
    static byte[] document(Collection<Route> routes) {
        return PRINTER.writeValueAsBytes(new OpenApi().describe(routes));
    }

    private ObjectNode describe(Collection<Route> routes) {
        ObjectNode document = NODES.objectNode();
        document.put("openapi", "3.1.0");
        ObjectNode info = document.putObject("info");
        info.put("title", "Kiln");
        info.put("version", KilnVersion.get());
        info.put(
                "description",
                "The HTTP API of a Kiln server. Errors are problem details (RFC 9457); uploads follow tus 1.0; events"
                        + " are server-sent.");
        info.putObject("license").put("name", "Apache-2.0").put("identifier", "Apache-2.0");
        document.putArray("servers").addObject().put("url", "/");
        document.putArray("security").addObject().putArray("token");
        ObjectNode paths = document.putObject("paths");
        routes.stream().map(Route::path).distinct().sorted().forEach(paths::putObject);
        for (Route route : routes) {
            ((ObjectNode) paths.get(route.path())).set(route.method().toLowerCase(Locale.ROOT), operation(route));
        }
        ObjectNode components = document.putObject("components");
        schema(Problem.class);
        ObjectNode all = components.putObject("schemas");
        schemas.forEach(all::set);
        ObjectNode problem = components.putObject("responses").putObject("Problem");
        problem.put("description", "What went wrong, why, and what to do");
        problem.putObject("content").putObject("application/problem+json").set("schema", schema(Problem.class));
        components
                .putObject("securitySchemes")
                .putObject("token")
                .put("type", "http")
                .put("scheme", "bearer");
        return document;
    }

    private ObjectNode operation(Route route) {
        ObjectNode operation = NODES.objectNode();
        operation.put("operationId", operationId(route));
        operation.put("summary", route.summary());
        operation.putArray("tags").add(tag(route));
        operation.put("x-kiln-permission", String.valueOf(route.permission()));
        if (route.permission() == Permission.PUBLIC) {
            operation.putArray("security");
        }
        ArrayNode parameters = NODES.arrayNode();
        for (String name : RouteTable.parametersOf(route.path())) {
            ObjectNode parameter = parameters.addObject();
            parameter.put("name", name).put("in", "path").put("required", true);
            parameter.putObject("schema").put("type", "string");
        }
        for (Route.Parameter p : route.parameters()) {
            ObjectNode parameter = parameters.addObject();
            parameter.put("name", p.name()).put("in", p.in()).put("description", p.description());
            ObjectNode schema = parameter.putObject("schema").put("type", p.schemaType());
            if (p.schemaType().equals("string")) {
                schema.put("maxLength", p.most());
            }
        }
        if (!parameters.isEmpty()) {
            operation.set("parameters", parameters);
        }
        body(route, operation);
        answers(route, operation.putObject("responses"));
        return operation;
    }

    private void body(Route route, ObjectNode operation) {
        if (route.request() == null && route.requestMedia() == null) {
            return;
        }
        ObjectNode body = operation.putObject("requestBody");
        ObjectNode content = body.putObject("content");
        if (route.request() != null) {
            content.putObject("application/json").set("schema", schema(route.request()));
        } else {
            content.putObject(route.requestMedia());
        }
    }

    private void answers(Route route, ObjectNode responses) {
        Route.Answer answer = route.answer();
        ObjectNode good = responses.putObject(Integer.toString(answer.status()));
        good.put("description", answer.description());
        if (answer.media() != null) {
            ObjectNode media = good.putObject("content").putObject(answer.media());
            if (answer.type() != null) {
                media.set("schema", schema(answer.type()));
            }
        }
        responses.putObject("default").put("$ref", "#/components/responses/Problem");
    }

    private static String operationId(Route route) {
        StringBuilder id = new StringBuilder(route.method().toLowerCase(Locale.ROOT));
        for (String part : route.path().substring("/api".length()).split("[/.-]")) {
            boolean parameter = part.startsWith("{");
            String word = part.replaceAll("[{}]", "");
            if (!word.isEmpty()) {
                id.append(parameter ? "By" : "")
                        .append(Character.toUpperCase(word.charAt(0)))
                        .append(word.substring(1));
            }
        }
        return id.toString();
    }

    private static String tag(Route route) {
        String[] parts = route.path().split("/");
        return parts.length > 2 ? parts[2].replaceAll("\\..*", "") : "server";
    }

    private ObjectNode schema(Type type) {
        return schema(type, Map.of());
    }

    private ObjectNode schema(Type type, Map<TypeVariable<?>, Type> bound) {
        return switch (type) {
            case TypeVariable<?> variable -> schema(bound.getOrDefault(variable, Object.class), bound);
            case GenericArrayType array -> list(schema(array.getGenericComponentType(), bound));
            case ParameterizedType generic -> generic(generic, bound);
            case Class<?> plain -> plain(plain);
            default -> NODES.objectNode();
        };
    }

    private ObjectNode generic(ParameterizedType type, Map<TypeVariable<?>, Type> bound) {
        Class<?> raw = (Class<?>) type.getRawType();
        Type[] arguments = type.getActualTypeArguments();
        if (Collection.class.isAssignableFrom(raw)) {
            return list(schema(arguments[0], bound));
        }
        if (Map.class.isAssignableFrom(raw)) {
            ObjectNode node = NODES.objectNode().put("type", "object");
            node.set("additionalProperties", schema(arguments[1], bound));
            return node;
        }
        StringBuilder name = new StringBuilder();
        Map<TypeVariable<?>, Type> inner = new LinkedHashMap<>();
        for (int i = 0; i < arguments.length; i++) {
            inner.put(raw.getTypeParameters()[i], arguments[i]);
            name.append(arguments[i] instanceof Class<?> c ? name(c) : "Of");
        }
        return record(raw, name + name(raw), type, inner);
    }

    private static ObjectNode list(ObjectNode items) {
        ObjectNode node = NODES.objectNode().put("type", "array");
        node.set("items", items);
        return node;
    }

    private ObjectNode plain(Class<?> type) {
        if (type == String.class) {
            return NODES.objectNode().put("type", "string");
        }
        if (type == boolean.class || type == Boolean.class) {
            return NODES.objectNode().put("type", "boolean");
        }
        if (type == int.class || type == Integer.class) {
            return NODES.objectNode().put("type", "integer").put("format", "int32");
        }
        if (type == long.class || type == Long.class) {
            return NODES.objectNode().put("type", "integer").put("format", "int64");
        }
        if (type == double.class || type == Double.class || type == float.class || type == Float.class) {
            return NODES.objectNode().put("type", "number");
        }
        if (type == Instant.class) {
            return NODES.objectNode().put("type", "string").put("format", "date-time");
        }
        if (type == Sha256.class) {
            return NODES.objectNode().put("type", "string").put("pattern", "^[0-9a-f]{64}$");
        }
        if (type.isEnum()) {
            return words(type);
        }
        if (type.isRecord() && valueAccessor(type) == null) {
            return record(type, name(type), type, Map.of());
        }
        if (type.isRecord()) {
            return NODES.objectNode().put("type", "string");
        }
        if (type == Duration.class) {
            return NODES.objectNode().put("type", "string").put("format", "duration");
        }
        if (type.isSealed()) {
            return alternatives(type);
        }
        if (JsonNode.class.isAssignableFrom(type) || type == Object.class) {
            return NODES.objectNode();
        }
        throw new IllegalStateException("The API cannot describe " + type);
    }

    /** A record of one of several kinds, told apart by a member that is named where the kinds are listed. */
    private ObjectNode alternatives(Class<?> type) {
        JsonTypeInfo by = type.getAnnotation(JsonTypeInfo.class);
        JsonSubTypes kinds = type.getAnnotation(JsonSubTypes.class);
        if (by == null || kinds == null) {
            throw new IllegalStateException("The API cannot describe " + type);
        }
        ObjectNode reference = NODES.objectNode().put("$ref", "#/components/schemas/" + name(type));
        if (named.putIfAbsent(name(type), type) != null) {
            return reference;
        }
        ObjectNode node = NODES.objectNode();
        schemas.put(name(type), node);
        ArrayNode oneOf = node.putArray("oneOf");
        for (JsonSubTypes.Type kind : kinds.value()) {
            ArrayNode all = oneOf.addObject().putArray("allOf");
            all.add(schema(kind.value()));
            ObjectNode tag = all.addObject().put("type", "object");
            tag.putObject("properties").putObject(by.property()).put("const", kind.name());
            tag.putArray("required").add(by.property());
        }
        return reference;
    }

    /** Records that are written as one text. */
    private static java.lang.reflect.@Nullable AnnotatedElement valueAccessor(Class<?> type) {
        return Arrays.stream(type.getMethods())
                .filter(m -> m.isAnnotationPresent(com.fasterxml.jackson.annotation.JsonValue.class))
                .findFirst()
                .orElse(null);
    }

    private static ObjectNode words(Class<?> type) {
        ObjectNode node = NODES.objectNode().put("type", "string");
        ArrayNode words = node.putArray("enum");
        for (Object constant : type.getEnumConstants()) {
            words.add(PRINTER.<JsonNode>valueToTree(constant));
        }
        return node;
    }

    private ObjectNode record(Class<?> raw, String name, Type type, Map<TypeVariable<?>, Type> bound) {
        ObjectNode reference = NODES.objectNode().put("$ref", "#/components/schemas/" + name);
        Type before = named.putIfAbsent(name, type);
        if (before != null) {
            if (!before.equals(type)) {
                throw new IllegalStateException(before + " and " + type + " have the same name in the description");
            }
            return reference;
        }
        ObjectNode node = NODES.objectNode().put("type", "object");
        schemas.put(name, node);
        ObjectNode properties = node.putObject("properties");
        ArrayNode required = NODES.arrayNode();
        for (RecordComponent component : raw.getRecordComponents()) {
            properties.set(component.getName(), schema(component.getGenericType(), bound));
            if (!mayBeAbsent(component.getAnnotatedType())) {
                required.add(component.getName());
            }
        }
        if (!required.isEmpty()) {
            node.set("required", required);
        }
        return reference;
    }

    private static boolean mayBeAbsent(AnnotatedType type) {
        return type.isAnnotationPresent(Nullable.class);
    }

    private static String name(Class<?> type) {
        Class<?> outer = type.getEnclosingClass();
        return outer == null ? type.getSimpleName() : name(outer) + type.getSimpleName();
    }
}
