package studio.kiln.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.access.Access;
import studio.kiln.core.access.Role;
import studio.kiln.core.access.Thing;
import studio.kiln.core.api.ApiJson;
import studio.kiln.core.api.GroupAdd;
import studio.kiln.core.api.MemberAdd;
import studio.kiln.core.api.ShareAdd;
import studio.kiln.core.api.ShareView;
import studio.kiln.core.asset.Sha256;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.EventRow;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.persistence.TaskDependencyRow;
import studio.kiln.server.security.Subject;
import tools.jackson.databind.JsonNode;

/** Somebody with an account of the lowest rights that can make things tries what an attacker would. */
@Tag("contract")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class IntruderTest {
    @TempDir
    static Path home;

    private Studio studio;
    private StudioRows rows;
    private String eve;
    private String olga;

    @BeforeAll
    void start() throws Exception {
        studio = Studio.start(home);
        rows = new StudioRows(home);
        eve = studio.user("eve", Role.ARTIST);
        olga = studio.user("olga", Role.ARTIST);
    }

    @AfterAll
    void stop() {
        rows.close();
        studio.close();
    }

    private static JsonNode json(HttpResponse<String> answer) {
        return ApiJson.LENIENT.readTree(answer.body());
    }

    // ---- what is hidden and what is not there look alike

    @Test
    void of_a_hidden_thing_every_route_says_what_it_says_of_one_that_is_not_there() throws Exception {
        int tried = 0;
        for (Route route : studio.running.server.routes()) {
            if (route.targets().isEmpty()) {
                continue;
            }
            StudioRows.Set things = rows.add("olga");
            for (Route.Target target : route.targets()) {
                String hidden = id(target.subject(), things);
                String absent = Ids.next();
                HttpResponse<String> one = ask(route, hidden);
                HttpResponse<String> other = ask(route, absent);
                assertThat(one.statusCode()).as(route.path()).isEqualTo(404);
                assertThat(one.body().replace(hidden, "ID"))
                        .isEqualTo(other.body().replace(absent, "ID"));
                assertThat(one.headers().map().keySet())
                        .isEqualTo(other.headers().map().keySet());
                tried++;
            }
        }
        assertThat(tried).isGreaterThan(25);
    }

    private HttpResponse<String> ask(Route route, String id) throws Exception {
        HttpRequest.Builder request = studio.with(eve, route.path().replaceAll("\\{[^}]*}", id));
        if (route.request() == null) {
            request.method(route.method(), HttpRequest.BodyPublishers.noBody());
        } else {
            request.header("Content-Type", "application/json")
                    .method(route.method(), HttpRequest.BodyPublishers.ofString("{}"));
        }
        return studio.running.send(request);
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

    @Test
    void short_numbers_of_hidden_tasks_look_like_numbers_that_were_never_given() throws Exception {
        StudioRows.Set things = rows.add("olga");
        String hidden = studio.get(eve, "/api/tasks/" + things.number()).body();
        String absent = studio.get(eve, "/api/tasks/99999999").body();
        assertThat(hidden.replace(Long.toString(things.number()), "N")).isEqualTo(absent.replace("99999999", "N"));
    }

    @Test
    void ids_of_hidden_things_in_a_body_look_like_ids_of_nothing() throws Exception {
        StudioRows.Set things = rows.add("olga");
        StudioRows.Set own = rows.add("eve");
        String manifest = "{\"root\":\"a.blend\",\"files\":[{\"path\":\"a.blend\",\"sha256\":\"" + "0".repeat(64)
                + "\",\"size\":3}]}";
        Map<String, List<String>> bodies = Map.of(
                "/api/tasks",
                List.of(
                        "{\"modelVersionId\":\"VERSION\"}",
                        "{\"modelVersionId\":\"OWN\",\"after\":[\"TASK\"]}",
                        "{\"modelVersionId\":\"OWN\",\"after\":[\"NUMBER\"]}"),
                "/api/tasks/preview",
                List.of("{\"modelVersionId\":\"VERSION\"}"),
                "/api/models",
                List.of(
                        "{\"modelId\":\"MODEL\",\"manifest\":" + manifest + "}",
                        "{\"projectId\":\"PROJECT\",\"manifest\":" + manifest + "}"));
        for (Map.Entry<String, List<String>> entry : bodies.entrySet()) {
            for (String body : entry.getValue()) {
                String hidden = studio.post(
                                eve,
                                entry.getKey(),
                                body.replace("OWN", own.version())
                                        .replace("VERSION", things.version())
                                        .replace("TASK", things.task())
                                        .replace("NUMBER", Long.toString(things.number()))
                                        .replace("MODEL", things.model())
                                        .replace("PROJECT", things.project()))
                        .body()
                        .replace(things.version(), "ID")
                        .replace(things.task(), "ID")
                        .replace(Long.toString(things.number()), "ID")
                        .replace(things.model(), "ID")
                        .replace(things.project(), "ID");
                String nothing = "f".repeat(32);
                String absent = studio.post(
                                eve,
                                entry.getKey(),
                                body.replace("OWN", own.version())
                                        .replaceAll("VERSION|TASK|MODEL|PROJECT", nothing)
                                        .replace("NUMBER", "99999999"))
                        .body()
                        .replace(nothing, "ID")
                        .replace("99999999", "ID");
                assertThat(hidden).as(body).isEqualTo(absent).contains("\"status\":404");
            }
        }
    }

    @Test
    void an_upload_into_a_hidden_version_looks_like_one_into_nothing() throws Exception {
        StudioRows.Set things = rows.add("olga");
        String digest = Sha256.of(things.version()).hex();
        HttpResponse<String> hidden = tus(things.version(), digest);
        String absent = Ids.next();
        assertThat(hidden.statusCode()).isEqualTo(404);
        assertThat(hidden.body().replace(things.version(), "ID"))
                .isEqualTo(tus(absent, digest).body().replace(absent, "ID"));
    }

    private HttpResponse<String> tus(String version, String digest) throws Exception {
        java.util.Base64.Encoder base64 = java.util.Base64.getEncoder();
        return studio.running.send(studio.with(eve, "/api/uploads")
                .header("Tus-Resumable", "1.0.0")
                .header("Upload-Length", "7")
                .header(
                        "Upload-Metadata",
                        "version " + base64.encodeToString(version.getBytes(StandardCharsets.UTF_8)) + ",sha256 "
                                + base64.encodeToString(digest.getBytes(StandardCharsets.UTF_8)))
                .POST(HttpRequest.BodyPublishers.noBody()));
    }

    // ---- lists, searches, counts

    @Test
    void lists_searches_and_counts_show_exactly_what_may_be_read() throws Exception {
        Random random = new Random(20261125);
        String art = studio.user("list-art", Role.ARTIST);
        studio.post(studio.admin, "/api/groups", new GroupAdd("list-group"));
        studio.post(studio.admin, "/api/groups/list-group/members", new MemberAdd("list-art"));
        List<StudioRows.Set> all = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            StudioRows.Set things = rows.add(random.nextInt(4) == 0 ? "list-art" : "olga");
            all.add(things);
            ShareAdd with = random.nextBoolean()
                    ? new ShareAdd("list-art", null, random.nextBoolean() ? Access.READ : Access.EDIT)
                    : new ShareAdd(null, "list-group", Access.READ);
            switch (random.nextInt(5)) {
                case 0 -> studio.post(studio.admin, "/api/projects/" + things.project() + "/shares", with);
                case 1 -> studio.post(studio.admin, "/api/models/" + things.model() + "/shares", with);
                case 2 -> studio.post(studio.admin, "/api/tasks/" + things.task() + "/shares", with);
                default -> {
                    // not shared
                }
            }
        }
        Set<String> tasks = readable(
                art, "/api/tasks/", all.stream().map(StudioRows.Set::task).toList());
        Set<String> models = readable(
                art, "/api/models/", all.stream().map(StudioRows.Set::model).toList());
        assertThat(tasks).hasSizeBetween(5, 35);
        assertThat(listed(art, "/api/tasks?limit=7")).isEqualTo(tasks);
        assertThat(listed(art, "/api/tasks?limit=7&status=failed")).isEqualTo(tasks);
        assertThat(listed(art, "/api/tasks?limit=500&q=Secret")).isEqualTo(tasks);
        assertThat(listed(art, "/api/models?limit=7")).isEqualTo(models);
        assertThat(listed(art, "/api/models?limit=500&q=secret")).isEqualTo(models);
        for (StudioRows.Set things : all) {
            if (!tasks.contains(things.task())) {
                assertThat(listed(art, "/api/tasks?q=" + things.number())).isEmpty();
            }
            if (!models.contains(things.model())) {
                assertThat(listed(art, "/api/models?q=" + things.model())).isEmpty();
                assertThat(listed(art, "/api/tasks?q=" + things.model()))
                        .as("by the name of its model")
                        .isSubsetOf(tasks);
            }
        }
    }

    private Set<String> readable(String token, String path, List<String> ids) throws Exception {
        Set<String> readable = new HashSet<>();
        for (String id : ids) {
            if (studio.get(token, path + id).statusCode() == 200) {
                readable.add(id);
            }
        }
        return readable;
    }

    private Set<String> listed(String token, String path) throws Exception {
        Set<String> ids = new HashSet<>();
        String cursor = "";
        do {
            JsonNode page = json(studio.get(token, path + (cursor.isEmpty() ? "" : "&cursor=" + cursor)));
            page.get("items").forEach(item -> ids.add(item.get("id").asString()));
            cursor = page.path("next").asString("");
        } while (!cursor.isEmpty());
        return ids;
    }

    @Test
    void the_count_of_open_tasks_is_of_ones_own() throws Exception {
        rows.add("olga");
        rows.run(tx -> tx.createMutationQuery("update TaskRow set state = QUEUED where owner = 'olga'")
                .executeUpdate());
        JsonNode server = json(studio.get(studio.user("ned", Role.VIEWER), "/api/server"));
        assertThat(server.get("openTasks").asInt()).isZero();
        assertThat(server.has("dataFolder")).isFalse();
        assertThat(json(studio.get(studio.admin, "/api/server"))
                        .get("openTasks")
                        .asInt())
                .isPositive();
        rows.run(tx -> tx.createMutationQuery("update TaskRow set state = FAILED where owner = 'olga'")
                .executeUpdate());
    }

    @Test
    void cursors_lead_nowhere_that_the_list_does_not() throws Exception {
        StudioRows.Set things = rows.add("olga");
        for (String cursor : List.of(things.model(), "~", Long.toString(Long.MAX_VALUE), "0' or '1'='1")) {
            for (String path : List.of("/api/tasks?limit=500&cursor=", "/api/models?limit=500&cursor=")) {
                assertThat(studio.get(eve, path + java.net.URLEncoder.encode(cursor, StandardCharsets.UTF_8))
                                .body())
                        .doesNotContain(things.model(), things.task());
            }
        }
    }

    @Test
    void a_task_that_may_be_read_does_not_tell_of_the_hidden_ones_that_it_waits_for() throws Exception {
        StudioRows.Set hidden = rows.add("olga");
        StudioRows.Set shared = rows.add("olga");
        rows.share(Thing.Kind.TASK, shared.task(), "eve", Access.EDIT);
        rows.run(tx -> {
            tx.createMutationQuery("update TaskRow set state = WAITING where id = :id")
                    .setParameter("id", shared.task())
                    .executeUpdate();
            TaskDependencyRow waits = new TaskDependencyRow();
            waits.task = shared.task();
            waits.afterTask = hidden.task();
            tx.insert(waits);
        });
        assertThat(studio.get(olga, "/api/tasks/" + shared.task()).body())
                .contains(hidden.task(), Long.toString(hidden.number()));
        try (Ear ear = new Ear(eve, "/api/events", null)) {
            happen("task", shared.task(), shared.task(), "olga");
            await(() -> ear.heard(shared.task()));
            for (String told : List.of(
                    studio.get(eve, "/api/tasks/" + shared.task()).body(),
                    studio.get(eve, "/api/tasks?limit=500").body(),
                    studio.post(eve, "/api/tasks/" + shared.task() + "/priority", "{\"priority\":9}")
                            .body(),
                    String.join("\n", ear.lines))) {
                assertThat(told)
                        .contains(shared.task(), "Waits for other tasks.")
                        .doesNotContain(hidden.task(), Long.toString(hidden.number()));
            }
        }
    }

    @Test
    void an_answer_that_was_long_in_coming_goes_by_the_rights_of_its_end() throws Exception {
        StudioRows.Set shared = rows.add("olga");
        ShareView share = studio.read(
                studio.post(olga, "/api/models/" + shared.model() + "/shares", new ShareAdd("eve", null, Access.READ)),
                ShareView.class);
        rows.run(tx -> tx.createMutationQuery("update ModelVersionRow set state = INSPECTING where id = :id")
                .setParameter("id", shared.version())
                .executeUpdate());
        try (HttpClient http = HttpClient.newHttpClient()) {
            var waiting = http.sendAsync(
                    studio.with(eve, "/api/model-versions/" + shared.version() + "?wait=3")
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            Awaitility.await()
                    .until(() ->
                            studio.get(eve, "/api/models/" + shared.model()).statusCode() == 200);
            studio.delete(olga, "/api/models/" + shared.model() + "/shares/" + share.id());
            assertThat(waiting.get().statusCode()).isEqualTo(404);
        }
    }

    // ---- mass assignment

    @Test
    void nobody_says_for_themselves_whose_a_thing_is() throws Exception {
        StudioRows.Set own = rows.add("eve");
        for (String member : List.of("owner", "goNext", "number", "state", "generation", "project", "pool")) {
            HttpResponse<String> answer = studio.post(
                    eve, "/api/tasks", "{\"modelVersionId\":\"" + own.version() + "\",\"" + member + "\":\"olga\"}");
            assertThat(answer.statusCode()).as(member).isEqualTo(400);
        }
        for (String member : List.of("owner", "createdBy", "state")) {
            assertThat(studio.post(eve, "/api/models", "{\"" + member + "\":\"olga\",\"manifest\":null}")
                            .statusCode())
                    .as(member)
                    .isEqualTo(400);
        }
        assertThat(studio.post(eve, "/api/projects", "{\"name\":\"x\",\"owner\":\"olga\"}")
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void scripts_in_a_file_run_only_when_somebody_with_the_right_to_it_says_so_and_that_is_recorded() throws Exception {
        StudioRows.Set own = rows.add("eve");
        String request = "{\"modelVersionId\":\"" + own.version() + "\",\"trusted\":true}";
        for (String path : List.of("/api/tasks", "/api/tasks/preview")) {
            HttpResponse<String> refused = studio.post(eve, path, request);
            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(json(refused).get("code").asString()).isEqualTo("TRUST_NOT_ALLOWED");
        }
        assertThat(studio.get(studio.admin, "/api/audit?actor=eve&outcome=refused")
                        .body())
                .contains("permission TRUST");
        String tess = studio.user("tess", Role.WRANGLER);
        assertThat(json(studio.post(tess, "/api/tasks", request)).get("code").asString())
                .as("let in; the version is not complete, which is another matter")
                .isEqualTo("UPLOAD_INCOMPLETE");
    }

    @Test
    void priorities_of_wranglers_are_not_for_artists() throws Exception {
        StudioRows.Set own = rows.add("eve");
        assertThat(studio.post(eve, "/api/tasks/" + own.task() + "/priority", "{\"priority\":76}")
                        .statusCode())
                .isEqualTo(403);
        assertThat(studio.post(eve, "/api/tasks", "{\"modelVersionId\":\"" + own.version() + "\",\"priority\":100}")
                        .statusCode())
                .isEqualTo(403);
        assertThat(studio.post(eve, "/api/tasks/" + own.task() + "/priority", "{\"priority\":75}")
                        .statusCode())
                .isEqualTo(200);
        String wim = studio.user("wim", Role.WRANGLER);
        assertThat(studio.post(wim, "/api/tasks/" + own.task() + "/priority", "{\"priority\":100}")
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void only_those_who_run_the_farm_put_a_task_before_all_others() throws Exception {
        StudioRows.Set own = rows.add("eve");
        String path = "/api/tasks/" + own.task() + "/next";
        assertThat(studio.post(eve, path, "{\"next\":true}").statusCode()).isEqualTo(403);
        String wren = studio.user("wren", Role.WRANGLER);
        assertThat(json(studio.post(wren, path, "{\"next\":true}")).get("code").asString())
                .as("let in; the task has ended, which is another matter")
                .isEqualTo("WRONG_STATE");
    }

    // ---- ways round

    @Test
    void a_share_of_another_thing_cannot_be_taken_away_through_ones_own() throws Exception {
        StudioRows.Set theirs = rows.add("olga");
        StudioRows.Set own = rows.add("eve");
        String share = rows.share(Thing.Kind.MODEL, theirs.model(), "root", Access.READ);
        assertThat(studio.delete(eve, "/api/models/" + own.model() + "/shares/" + share)
                        .statusCode())
                .isEqualTo(404);
        assertThat(studio.get(olga, "/api/models/" + theirs.model() + "/shares").body())
                .contains(share);
    }

    @Test
    void who_may_edit_cannot_share_on_nor_give_themselves_more() throws Exception {
        StudioRows.Set theirs = rows.add("olga");
        rows.share(Thing.Kind.MODEL, theirs.model(), "eve", Access.EDIT);
        assertThat(studio.post(eve, "/api/models/" + theirs.model() + "/shares", new ShareAdd("eve", null, Access.EDIT))
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void other_methods_and_spellings_of_a_path_open_nothing() throws Exception {
        StudioRows.Set theirs = rows.add("olga");
        HttpRequest.Builder override = studio.with(eve, "/api/models/" + theirs.model())
                .header("X-HTTP-Method-Override", "DELETE")
                .POST(HttpRequest.BodyPublishers.noBody());
        assertThat(studio.running.send(override).statusCode()).isEqualTo(404);
        assertThat(studio.running
                        .send(studio.with(eve, "/api/tasks/" + theirs.task() + "/script")
                                .method("HEAD", HttpRequest.BodyPublishers.noBody()))
                        .statusCode())
                .isEqualTo(404);
        for (String path : List.of(
                "/api/users/",
                "//api/users",
                "/api//users",
                "/api/me/../users",
                "/api/%75sers",
                "/api/users;x=1",
                "/api/me/%2e%2e/users",
                "/API/users")) {
            assertThat(studio.get(eve, path).statusCode()).as(path).isIn(400, 403, 404);
        }
    }

    @Test
    void an_idempotency_key_of_another_gives_nothing_of_theirs() throws Exception {
        StudioRows.Set theirs = rows.add("olga");
        rows.run(tx -> tx.createMutationQuery(
                        "update TaskRow set idempotencyKey = 'k1', requestDigest = 'x' where id = :id")
                .setParameter("id", theirs.task())
                .executeUpdate());
        StudioRows.Set own = rows.add("eve");
        HttpResponse<String> answer = studio.running.send(Studio.json(
                studio.with(eve, "/api/tasks").header("Idempotency-Key", "k1"),
                "{\"modelVersionId\":\"" + own.version() + "\"}"));
        assertThat(json(answer).get("code").asString())
                .as("her own version is not complete, which is all that is said")
                .isEqualTo("UPLOAD_INCOMPLETE");
    }

    @Test
    void bytes_that_another_has_sent_are_to_be_sent_all_the_same() throws Exception {
        byte[] bytes = "BLENDER of olga".getBytes(StandardCharsets.UTF_8);
        String submission =
                "{\"name\":\"same\",\"manifest\":{\"root\":\"a.blend\",\"files\":[{\"path\":\"a.blend\",\"sha256\":\""
                        + Sha256.of(bytes).hex() + "\",\"size\":" + bytes.length + "}]}}";
        JsonNode announced = json(studio.post(olga, "/api/models", submission));
        assertThat(announced.get("missing").size()).isEqualTo(1);
        Path file = java.nio.file.Files.write(home.resolve("a.blend"), bytes);
        try (studio.kiln.core.api.KilnClient client =
                new studio.kiln.core.api.KilnClient(new studio.kiln.core.api.ServerAddress(
                        studio.running.server.address().base(), olga))) {
            client.upload(announced.get("versionId").asString(), Sha256.of(bytes), file, sent -> {}, () -> false);
        }
        assertThat(json(studio.post(olga, "/api/models", submission))
                        .get("missing")
                        .size())
                .isZero();
        JsonNode hers = json(studio.post(eve, "/api/models", submission));
        assertThat(hers.get("missing").size()).isEqualTo(1);
        assertThat(studio.post(
                                eve,
                                "/api/model-versions/" + hers.get("versionId").asString() + "/complete")
                        .statusCode())
                .isEqualTo(409);
    }

    // ---- events

    /** Listens as somebody; what comes is kept as text. */
    private final class Ear implements AutoCloseable {
        private final HttpClient http = HttpClient.newHttpClient();
        private final List<String> lines = new CopyOnWriteArrayList<>();
        private volatile boolean ended;
        final int status;

        Ear(String token, String path, Long after) throws Exception {
            HttpRequest.Builder request = studio.with(token, path);
            if (after != null) {
                request.header("Last-Event-ID", after.toString());
            }
            HttpResponse<InputStream> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            status = answer.statusCode();
            Thread.ofVirtual().start(() -> {
                try (InputStream in = answer.body();
                        java.io.BufferedReader reader =
                                new java.io.BufferedReader(new java.io.InputStreamReader(in, StandardCharsets.UTF_8))) {
                    reader.lines().forEach(lines::add);
                } catch (java.io.IOException | java.io.UncheckedIOException e) {
                    lines.add("broken off");
                } finally {
                    ended = true;
                }
            });
        }

        boolean heard(String text) {
            return lines.stream().anyMatch(line -> line.contains(text));
        }

        @Override
        public void close() {
            http.shutdownNow();
        }
    }

    private void happen(String type, String subject, String task, String owner) {
        rows.run(tx -> {
            EventRow row = new EventRow();
            row.type = type;
            row.subject = subject;
            row.task = task;
            row.owner = owner;
            row.createdAt = Database.now(tx);
            tx.insert(row);
        });
    }

    private void happenTo(StudioRows.Set things, String owner) {
        happen("model", things.model(), null, owner);
        happen("task", things.task(), things.task(), owner);
        happen("result", things.result(), things.task(), owner);
        happen("result", Ids.next(), things.task(), owner);
    }

    private static void await(java.util.concurrent.Callable<Boolean> condition) {
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(condition);
    }

    @Test
    void events_live_and_replayed_tell_only_of_what_may_be_read() throws Exception {
        StudioRows.Set theirs = rows.add("olga");
        StudioRows.Set shared = rows.add("olga");
        StudioRows.Set own = rows.add("eve");
        rows.share(Thing.Kind.TASK, shared.task(), "eve", Access.READ);
        try (Ear live = new Ear(eve, "/api/events", null);
                Ear hers = new Ear(olga, "/api/events", null)) {
            happenTo(theirs, "olga");
            happenTo(shared, "olga");
            happenTo(own, "eve");
            await(() -> live.heard(own.result()) && hers.heard(shared.result()));
            assertThat(hers.heard(theirs.result())).isTrue();
            assertThat(live.heard(theirs.model())).isFalse();
            assertThat(live.heard(theirs.task())).isFalse();
            assertThat(live.heard(theirs.result())).isFalse();
            assertThat(live.heard(shared.result())).isTrue();
            assertThat(live.heard("\"subjectId\":\"" + shared.model())).isFalse();
            try (Ear replay = new Ear(eve, "/api/events", 0L)) {
                await(() -> replay.heard(own.result()));
                assertThat(replay.heard(theirs.task())).isFalse();
                assertThat(replay.heard(theirs.model())).isFalse();
                assertThat(replay.heard(shared.result())).isTrue();
            }
        }
    }

    @Test
    void when_a_share_is_taken_back_its_events_end_also_in_replays() throws Exception {
        StudioRows.Set shared = rows.add("olga");
        StudioRows.Set own = rows.add("eve");
        ShareView share = studio.read(
                studio.post(olga, "/api/tasks/" + shared.task() + "/shares", new ShareAdd("eve", null, Access.READ)),
                ShareView.class);
        try (Ear live = new Ear(eve, "/api/events", null)) {
            happen("task", shared.task(), shared.task(), "olga");
            await(() -> live.heard(shared.task()));
            int before = live.lines.size();
            studio.delete(olga, "/api/tasks/" + shared.task() + "/shares/" + share.id());
            happen("task", shared.task(), shared.task(), "olga");
            happen("task", own.task(), own.task(), "eve");
            await(() -> live.heard(own.task()));
            assertThat(live.lines.subList(before, live.lines.size())).noneMatch(line -> line.contains(shared.task()));
        }
        try (Ear replay = new Ear(eve, "/api/events", 0L)) {
            await(() -> replay.heard(own.task()));
            assertThat(replay.heard(shared.task())).isFalse();
        }
    }

    @Test
    void a_hidden_task_cannot_be_listened_to() throws Exception {
        StudioRows.Set theirs = rows.add("olga");
        try (Ear ear = new Ear(eve, "/api/events?task=" + theirs.task(), null)) {
            assertThat(ear.status).isEqualTo(404);
        }
    }

    @Test
    void the_stream_of_whoever_is_disabled_ends() throws Exception {
        String dan = studio.user("dan", Role.ARTIST);
        StudioRows.Set own = rows.add("dan");
        try (Ear ear = new Ear(dan, "/api/events", null)) {
            happen("task", own.task(), own.task(), "dan");
            await(() -> ear.heard(own.task()));
            studio.post(studio.admin, "/api/users/dan/disable");
            await(() -> ear.ended);
        }
    }

    /** Whether its first bytes have arrived. */
    private static boolean uploading(String upload) throws java.io.IOException {
        try (java.util.stream.Stream<Path> files = java.nio.file.Files.walk(home)) {
            return files.anyMatch(file -> String.valueOf(file.getFileName()).equals(upload));
        }
    }

    @Test
    void an_upload_of_whoever_is_disabled_is_cut_off_in_the_middle() throws Exception {
        String una = studio.user("una", Role.ARTIST);
        StudioRows.Set own = rows.add("una");
        try (Socket socket =
                new Socket("127.0.0.1", studio.running.server.address().base().getPort())) {
            socket.setSoTimeout(20_000);
            OutputStream out = socket.getOutputStream();
            out.write(("PATCH /api/uploads/" + own.upload() + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                            + una
                            + "\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream"
                            + "\r\nContent-Length: 7\r\n\r\nBLE")
                    .getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
            await(() -> uploading(own.upload()));
            studio.post(studio.admin, "/api/users/una/disable");
            assertThat(socket.getInputStream().read())
                    .as("the end, and no answer")
                    .isEqualTo(-1);
        }
    }
}
