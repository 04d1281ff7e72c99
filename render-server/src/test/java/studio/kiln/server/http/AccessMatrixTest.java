package studio.kiln.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.KilnVersion;
import studio.kiln.core.access.Access;
import studio.kiln.core.access.Permission;
import studio.kiln.core.access.Role;
import studio.kiln.core.access.Thing;
import studio.kiln.core.api.ApiJson;
import studio.kiln.core.api.EnrolmentAdd;
import studio.kiln.core.api.EnrolmentAdded;
import studio.kiln.core.api.GroupAdd;
import studio.kiln.server.backend.SessionScripts;
import studio.kiln.server.node.NodeProtocol;
import studio.kiln.server.security.NodeCredentials;
import studio.kiln.server.security.Subject;

/**
 * Tries every route of a real server as everybody, on things of one's own, of others, and that are shared, and with tokens that
 * are void. What is to happen stands in {@code access.md}, for people to read; a route without its rows there fails.
 */
@Tag("contract")
class AccessMatrixTest {
    private static final List<String> COLUMNS =
            List.of("nobody", "void token", "console", "viewer", "artist", "wrangler", "admin", "node");
    private static final Map<String, String> PEOPLE =
            new LinkedHashMap<>(Map.of("viewer", "vic", "artist", "art", "wrangler", "wim", "admin", "root"));
    /** Of those who may come in, the answer that hides a thing. What a handler does not find has other codes. */
    private static final Set<String> HIDDEN = Set.of(
            "NO_SUCH_PROJECT", "NO_SUCH_MODEL", "NO_SUCH_VERSION", "NOT_FOUND", "NO_SUCH_RESULT", "NO_SUCH_UPLOAD");

    @TempDir
    Path home;

    private final HttpClient http = HttpClient.newHttpClient();
    private final Map<String, String> tokens = new LinkedHashMap<>();
    private String node = "";
    private String otherNode = "";
    private List<String> voidTokens = List.of();
    private Studio studio;
    private StudioRows rows;

    /** One row of the table: a route, and whose the thing is that its path names. */
    private record Row(String route, String whose) {}

    @Test
    void everybody_gets_exactly_where_the_table_says() throws Exception {
        Map<Row, Map<String, String>> wanted = table();
        Map<Row, Map<String, String>> seen = new LinkedHashMap<>();
        try (Studio server = Studio.start(home);
                StudioRows ways = new StudioRows(home)) {
            studio = server;
            rows = ways;
            people();
            List<Route> routes = new ArrayList<>(studio.running.server.routes());
            routes.sort(java.util.Comparator.comparing(Route::path).thenComparing(Route::method));
            for (Route route : routes) {
                for (String whose : whose(route)) {
                    Row row = new Row(route.method() + " " + route.path(), whose);
                    Map<String, String> cells = new LinkedHashMap<>();
                    for (String column : COLUMNS) {
                        cells.put(column, cell(route, whose, column));
                    }
                    seen.put(row, cells);
                }
            }
        }
        Path actual = Path.of("target", "access.md");
        Files.writeString(actual, text(seen));
        assertThat(text(seen))
                .as("what the server does, against access.md; the former is in " + actual.toAbsolutePath())
                .isEqualTo(text(wanted));
    }

    private void people() throws Exception {
        for (String[] person : new String[][] {{"vic", "viewer"}, {"art", "artist"}, {"wim", "wrangler"}}) {
            tokens.put(person[1], studio.user(person[0], Role.of(person[1])));
        }
        tokens.put("admin", studio.admin);
        tokens.put("console", studio.running.server.address().token());
        studio.user("olga", Role.ARTIST);
        String secret = NodeCredentials.secret();
        node = join(secret);
        otherNode = join(NodeCredentials.secret());
        tokens.put("node", secret);
        String gone = studio.user("gone", Role.ADMIN);
        studio.post(studio.admin, "/api/users/gone/disable");
        voidTokens = List.of(
                rows.credential("root", true, false),
                rows.credential("root", false, true),
                gone,
                "kiln_of-another-server",
                NodeCredentials.secret(),
                "",
                "\u0000x");
    }

    private String join(String secret) throws Exception {
        String token = studio.read(
                        studio.post(studio.admin, "/api/nodes/enrolments", new EnrolmentAdd(null)),
                        EnrolmentAdded.class)
                .token();
        HttpRequest.Builder request = Studio.json(
                studio.running.bare("/api/nodes/join"),
                new NodeProtocol.Join(token, NodeCredentials.digest(secret), "a node", 1));
        request.header(
                NodeProtocol.VERSION,
                NodeProtocol.version(KilnVersion.get(), SessionScripts.load().version()));
        return studio.read(studio.running.send(request), NodeProtocol.Joined.class)
                .node();
    }

    /** Things with shares are tried as one's own, as another's, and shared; uploads, which nobody can share, without. */
    private static List<String> whose(Route route) {
        if (!route.targets().isEmpty()) {
            return List.of("own", "edit", "read", "other");
        }
        return route.path().contains("{upload}") || route.permission() == Permission.NODE
                ? List.of("own", "other")
                : List.of("-");
    }

    private String cell(Route route, String whose, String column) throws Exception {
        if (column.equals("void token")) {
            Map<String, List<String>> answers = new TreeMap<>();
            boolean ofNodes = route.permission() == Permission.NODE;
            for (String token : voidTokens) {
                StudioRows.Set things = ofNodes ? null : things("olga", null, whose);
                answers.computeIfAbsent(ask(route, things, token, ofNodes ? whose : "olga"), k -> new ArrayList<>())
                        .add(token);
            }
            return String.join(" or ", answers.keySet());
        }
        String person = PEOPLE.get(column);
        if (route.permission() == Permission.NODE) {
            return ask(route, null, column.equals("nobody") ? null : tokens.get(column), whose);
        }
        StudioRows.Set things = things(whose.equals("own") && person != null ? person : "olga", person, whose);
        String token = column.equals("nobody") ? null : tokens.get(column);
        if (person != null && route.path().equals("/api/logout")) {
            token = rows.credential(person, false, false);
        }
        if (route.path().equals("/api/server/stop") && (column.equals("console") || column.equals("admin"))) {
            return stop(column.equals("admin"));
        }
        return ask(route, things, token, person == null ? "olga" : person);
    }

    private StudioRows.Set things(String owner, String person, String whose) {
        if (whose.equals("-")) {
            return null;
        }
        StudioRows.Set things = rows.add(owner);
        if (person != null && (whose.equals("read") || whose.equals("edit"))) {
            Access access = Access.of(whose);
            rows.share(Thing.Kind.MODEL, things.model(), person, access);
            rows.share(Thing.Kind.TASK, things.task(), person, access);
            rows.share(Thing.Kind.PROJECT, things.project(), person, access);
        }
        return things;
    }

    private String ask(Route route, StudioRows.Set things, String token, String person) throws Exception {
        HttpRequest.Builder request = studio.running.bare(path(route, things, person));
        if (token != null && token.chars().noneMatch(Character::isISOControl)) {
            request.header("Authorization", "Bearer " + token);
        }
        if (route.path().startsWith("/api/uploads")) {
            request.header("Tus-Resumable", "1.0.0").header("Upload-Offset", "0");
        }
        if (route.request() == null) {
            request.method(route.method(), HttpRequest.BodyPublishers.noBody());
        } else {
            request.header("Content-Type", "application/json")
                    .method(route.method(), HttpRequest.BodyPublishers.ofString("{}"));
        }
        return verdict(route, http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream()));
    }

    private String path(Route route, StudioRows.Set things, String person) throws Exception {
        String path = route.path();
        for (Route.Target target : route.targets()) {
            path = path.replace("{" + target.parameter() + "}", id(target.subject(), things));
        }
        if (path.endsWith("/shares/{share}")) {
            Subject subject = route.targets().getFirst().subject();
            path = path.replace(
                    "{share}",
                    rows.share(Thing.Kind.valueOf(subject.name()), id(subject, things), "gone", Access.READ));
        }
        if (path.contains("{token}")) {
            path = path.replace("{token}", rows.credentialWithId(person, false, false)[0]);
        }
        if (path.contains("{group}")) {
            String group = "g" + System.nanoTime();
            studio.post(studio.admin, "/api/groups", new GroupAdd(group));
            path = path.replace("{group}", group);
        }
        if (path.contains("{upload}")) {
            path = path.replace("{upload}", things.upload());
        }
        if (route.permission() == Permission.NODE) {
            path = path.replace("{node}", person.equals("own") ? node : otherNode);
        }
        // the tokens of the one who is asked about, or else of somebody who is not among those who ask
        return path.replace("{user}", path.contains("/tokens/") ? person : "olga")
                .replaceAll("\\{[^}]*}", "x");
    }

    private static String id(Subject subject, StudioRows.Set things) {
        return switch (subject) {
            case PROJECT -> things.project();
            case MODEL -> things.model();
            case VERSION -> things.version();
            case TASK -> things.task();
            case RESULT -> things.result();
        };
    }

    /** "yes" for whoever gets to the handler, whatever that says of an empty body. */
    private static String verdict(Route route, HttpResponse<InputStream> answer) throws IOException {
        try (InputStream body = answer.body()) {
            int status = answer.statusCode();
            assertThat(status).as(route.method() + " " + route.path()).isNotEqualTo(500);
            if (status != 401 && status != 403 && status != 404) {
                return "yes";
            }
            String text = new String(body.readAllBytes(), StandardCharsets.UTF_8);
            String code = text.isEmpty()
                    ? "NO_SUCH_UPLOAD"
                    : ApiJson.LENIENT.readTree(text).path("code").asString();
            return status == 404 && !HIDDEN.contains(code) ? "yes" : Integer.toString(status);
        }
    }

    /** On a server of its own, which ends by it. */
    private String stop(boolean asAdmin) throws Exception {
        try (Studio other = Studio.start(Files.createTempDirectory(home, "stop"))) {
            String token =
                    asAdmin ? other.admin : other.running.server.address().token();
            int status = other.post(token, "/api/server/stop").statusCode();
            return status == 204 ? "yes" : Integer.toString(status);
        }
    }

    // ---- the table

    private static Map<Row, Map<String, String>> table() throws IOException {
        Map<Row, Map<String, String>> table = new LinkedHashMap<>();
        try (InputStream in = AccessMatrixTest.class.getResourceAsStream("access.md")) {
            assertThat(in).as("access.md").isNotNull();
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                String[] cells = line.split("\\|", -1);
                if (cells.length != COLUMNS.size() + 4 || !cells[1].contains("/api/")) {
                    continue;
                }
                Map<String, String> values = new LinkedHashMap<>();
                for (int i = 0; i < COLUMNS.size(); i++) {
                    values.put(COLUMNS.get(i), cells[i + 3].strip());
                }
                table.put(new Row(cells[1].strip().replace("`", ""), cells[2].strip()), values);
            }
        }
        return table;
    }

    private static String text(Map<Row, Map<String, String>> table) {
        return table.entrySet().stream()
                .map(entry -> String.format("| %-50s | %-5s | ", entry.getKey().route, entry.getKey().whose)
                        + COLUMNS.stream()
                                .map(column -> String.format(
                                        "%-" + column.length() + "s",
                                        entry.getValue().get(column)))
                                .collect(Collectors.joining(" | "))
                        + " |")
                .collect(Collectors.joining("\n", "", "\n"));
    }
}
