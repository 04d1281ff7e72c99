package studio.kiln.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.access.Permission;
import studio.kiln.core.api.Problem;

@Tag("contract")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProblemsTest {
    private static final String DIGEST = "0".repeat(64);

    @TempDir
    static Path home;

    private RunningServer running;

    @BeforeAll
    void start() throws IOException {
        running = RunningServer.start(home);
    }

    @AfterAll
    void stop() {
        running.close();
    }

    @Test
    void anUnknownPathIsSaidToBeNowhere() throws Exception {
        HttpResponse<String> answer = running.send(running.request("/api/nothing"));
        isProblem(answer, 404, "NO_SUCH_PATH");
        isProblem(running.send(running.request("/")), 404, "NO_SUCH_PATH");
    }

    @Test
    void aWrongMethodIsToldTheRightOnes() throws Exception {
        HttpResponse<String> answer =
                running.send(running.request("/api/models").DELETE());
        isProblem(answer, 405, "NO_SUCH_METHOD");
        assertThat(answer.headers().firstValue("Allow")).contains("GET, HEAD, POST");
    }

    @Test
    void bodiesThatAreNoJsonAreRefused() throws Exception {
        isProblem(running.postJson("/api/models", "{\"name\":"), 400, "BAD_JSON");
        HttpResponse<String> list = running.postJson("/api/models", "[]");
        isProblem(list, 400, "BAD_JSON");
        assertThat(list.body()).contains("a JSON object belongs here").doesNotContain("studio.kiln");
        isProblem(running.postJson("/api/models", "null"), 400, "BODY_MISSING");
        isProblem(running.postJson("/api/models", ""), 400, "BODY_MISSING");
    }

    @Test
    void aBodyOfAnotherTypeIsRefused() throws Exception {
        HttpResponse<String> answer = running.send(running.request("/api/models")
                .header("Content-Type", "text/plain")
                .POST(BodyPublishers.ofString("{}")));
        isProblem(answer, 415, "NOT_JSON");
    }

    @Test
    void membersThatNobodyKnowsAreNamed() throws Exception {
        HttpResponse<String> answer = running.postJson(
                "/api/models",
                "{\"manifest\":{\"root\":\"a.blend\",\"files\":[{\"path\":\"a.blend\",\"sha256\":\"" + DIGEST
                        + "\",\"size\":1,\"colour\":2}]}}");
        isProblem(answer, 400, "UNKNOWN_MEMBER");
        assertThat(RunningServer.problem(answer).fields()).containsExactly("manifest.files[0].colour");
    }

    @Test
    void numbersAndNamesThatAreOutOfBoundsAreNamed() throws Exception {
        String version = "{\"modelVersionId\":\"v\",";
        List<List<String>> cases = List.of(
                List.of(version + "\"priority\":101}", "priority", "between 0 and 100"),
                List.of(version + "\"settings\":{\"samples\":-1}}", "settings.samples", "must be between 1"),
                List.of(
                        version + "\"settings\":{\"seed\":99999999999}}",
                        "settings.seed",
                        "beyond what can stand here"),
                List.of(version + "\"name\":\"" + "n".repeat(5000) + "\"}", "name", "at most 200 characters"));
        for (List<String> wrong : cases) {
            HttpResponse<String> answer = running.postJson("/api/tasks", wrong.get(0));
            assertThat(answer.statusCode()).isBetween(400, 422);
            assertThat(RunningServer.problem(answer).fields()).containsExactly(wrong.get(1));
            assertThat(RunningServer.problem(answer).detail()).contains(wrong.get(2));
        }
    }

    @Test
    void membersThatAreMissingAreNamed() throws Exception {
        HttpResponse<String> answer = running.postJson("/api/models", "{\"name\":\"a\"}");
        isProblem(answer, 422, "MEMBER_MISSING");
        assertThat(RunningServer.problem(answer).fields()).containsExactly("manifest");
    }

    @Test
    void pathsThatLeaveTheProjectAreRefusedByOneSentence() throws Exception {
        for (String path : List.of("../evil.blend", "/etc/evil.blend", "C:/evil.blend", "a//b.blend", "a\\\\b.blend")) {
            HttpResponse<String> answer = running.postJson(
                    "/api/models",
                    "{\"manifest\":{\"root\":\"" + path + "\",\"files\":[{\"path\":\"" + path + "\",\"sha256\":\""
                            + DIGEST + "\",\"size\":1}]}}");
            isProblem(answer, 422, "UNUSABLE_PATH");
        }
    }

    @Test
    void parametersThatAreNoNumbersAreNamed() throws Exception {
        for (String limit : List.of("0", "501", "many", "9999999999")) {
            HttpResponse<String> answer = running.send(running.request("/api/models?limit=" + limit));
            isProblem(answer, 422, "BAD_PARAMETER");
            assertThat(RunningServer.problem(answer).fields()).containsExactly("limit");
        }
    }

    @Test
    void parametersThatNobodyKnowsAreRefusedAndNotPassedOver() throws Exception {
        for (String path : List.of("/api/events?after=12", "/api/tasks?state=bogus", "/api/engines?x")) {
            HttpResponse<String> answer = running.send(running.request(path));
            isProblem(answer, 400, "BAD_PARAMETER");
        }
        assertThat(RunningServer.problem(running.send(running.request("/api/tasks?state=bogus")))
                        .detail())
                .contains("'state'")
                .contains("status, q, cursor, limit");
    }

    @Test
    void textsThatAreLongerThanTheirColumnsAreRefusedByName() throws Exception {
        String tooLong = "x".repeat(5000);
        HttpResponse<String> keyed = running.send(running.request("/api/tasks")
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", tooLong)
                .POST(BodyPublishers.ofString("{\"modelVersionId\":\"none\"}")));
        isProblem(keyed, 422, "TEXT_TOO_LONG");
        assertThat(RunningServer.problem(keyed).fields()).containsExactly("Idempotency-Key");
        assertThat(RunningServer.problem(keyed).detail()).contains("200").contains("5000");
        for (String member : List.of("scene", "blender", "frames", "modelVersionId")) {
            HttpResponse<String> answer = running.postJson(
                    "/api/tasks",
                    "{" + (member.equals("modelVersionId") ? "" : "\"modelVersionId\":\"none\",") + "\"" + member
                            + "\":\"" + tooLong + "\"}");
            isProblem(answer, 422, "TEXT_TOO_LONG");
            assertThat(RunningServer.problem(answer).fields()).containsExactly(member);
        }
        HttpResponse<String> deep = running.postJson(
                "/api/tasks",
                "{\"modelVersionId\":\"none\",\"after\":[\"1\",\"" + tooLong + "\"],\"settings\":{\"camera\":\""
                        + tooLong + "\"},\"variants\":[{\"name\":\"" + tooLong + "\",\"overrides\":[]}]}");
        isProblem(deep, 422, "TEXT_TOO_LONG");
        assertThat(RunningServer.problem(deep).fields())
                .containsExactlyInAnyOrder("after[1]", "settings.camera", "variants[0].name");
        isProblem(running.postJson("/api/projects", "{\"name\":\"" + tooLong + "\"}"), 422, "TEXT_TOO_LONG");
        isProblem(running.send(running.request("/api/tasks?q=" + tooLong)), 422, "TEXT_TOO_LONG");
    }

    @Test
    void textsWithSignsThatNoTextHasAreRefusedByName() throws Exception {
        for (String sign : List.of("\\ud800", "\\u0000", "\\u001b")) {
            HttpResponse<String> answer = running.postJson("/api/projects", "{\"name\":\"a" + sign + "b\"}");
            isProblem(answer, 422, "BAD_TEXT");
            assertThat(RunningServer.problem(answer).fields()).containsExactly("name");
        }
        assertThat(running.postJson("/api/projects", "{\"name\":\"\\ud83c\\udf3b\"}")
                        .statusCode())
                .isEqualTo(201);
    }

    @Test
    void halfANumberAndWhatIsNullAreRefusedInWordsOfTheApi() throws Exception {
        HttpResponse<String> half =
                running.postJson("/api/tasks", "{\"modelVersionId\":\"none\",\"settings\":{\"samples\":1.5}}");
        isProblem(half, 400, "BAD_JSON");
        assertThat(RunningServer.problem(half).detail()).contains("settings.samples");
        for (String override : List.of("{\"slot\":\"x\"}", "{\"slot\":\"x\",\"material\":{\"a\":null}}", "null")) {
            HttpResponse<String> answer = running.postJson(
                    "/api/tasks", "{\"modelVersionId\":\"none\",\"settings\":{\"overrides\":[" + override + "]}}");
            assertThat(answer.statusCode()).as(override).isIn(400, 422);
            assertThat(answer.body()).as(override).doesNotContain("studio.kiln").doesNotContain("java.util");
        }
    }

    @Test
    void aTextThatTheDatabaseRefusesAllTheSameIsNoUnexpectedError() {
        Problem problem = Problems.of(new IllegalStateException("x", new SQLException("Value too long", "22001")));
        assertThat(problem.status()).isEqualTo(422);
        assertThat(problem.code()).isEqualTo("TEXT_TOO_LONG");
    }

    @Test
    void aFullDiskIsSaidSoAlsoWhenTheDatabaseMetIt() {
        Problem problem =
                Problems.of(new SQLTransientConnectionException("closed", new IOException("No space left on device")));
        assertThat(problem.status()).isEqualTo(507);
    }

    @Test
    void aBodyBeyondTheLimitIsRefusedClearlyHoweverLargeItIs() throws Exception {
        for (long size : List.of((32L << 20) + 1, 200L << 20)) {
            HttpResponse<String> announced = running.send(running.request("/api/models")
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(() -> new Zeros(size)), size)));
            isProblem(announced, 413, "TOO_LARGE");
            HttpResponse<String> chunked = running.send(running.request("/api/models")
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofInputStream(() -> new Zeros(size))));
            isProblem(chunked, 413, "TOO_LARGE");
        }
    }

    @Test
    void whatIsNotThereIsSaidToBeMissing() throws Exception {
        isProblem(running.send(running.request("/api/models/none")), 404, "NO_SUCH_MODEL");
        isProblem(running.send(running.request("/api/model-versions/none")), 404, "NO_SUCH_VERSION");
        isProblem(running.send(running.request("/api/models/none").DELETE()), 404, "NO_SUCH_MODEL");
    }

    @Test
    void aDatabaseThatDoesNotAnswerIsSaidSo() {
        Problem problem =
                Problems.of(new IllegalStateException("wrapped", new SQLTransientConnectionException("no connection")));
        assertThat(problem.status()).isEqualTo(503);
        assertThat(problem.code()).isEqualTo("DATABASE_DOWN");
    }

    @Test
    void anUnexpectedErrorShowsNothingOfTheInside() {
        Problem problem = Problems.of(new IllegalStateException("secret at Some.class"));
        assertThat(problem.status()).isEqualTo(500);
        assertThat(problem.toString()).doesNotContain("secret").doesNotContain("IllegalState");
        assertThat(problem.detail()).contains("logs/server.log");
    }

    @Test
    void aRouteWithoutAPermissionStopsTheStart() {
        Route open = Route.get("/api/x", "x").by(call -> Reply.nothing());
        assertThatThrownBy(() -> new RouteTable(List.of(open)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("/api/x")
                .hasMessageContaining("permission");
    }

    @Test
    void aRouteThatIsThereTwiceStopsTheStart() {
        Route one =
                Route.get("/api/x/{a}", "x").needs(Permission.READ).free("a").by(call -> Reply.nothing());
        Route two =
                Route.get("/api/x/{b}", "x").needs(Permission.READ).free("b").by(call -> Reply.nothing());
        assertThatThrownBy(() -> new RouteTable(List.of(one, two))).hasMessageContaining("twice");
    }

    @Test
    void aRouteThatDoesNotSayWhoseThingItsPathNamesStopsTheStart() {
        Route silent = Route.get("/api/x/{thing}", "x").needs(Permission.READ).by(call -> Reply.nothing());
        assertThatThrownBy(() -> new RouteTable(List.of(silent)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("/api/x/{thing}")
                .hasMessageContaining("whose thing {thing} names");
    }

    private static void isProblem(HttpResponse<String> answer, int status, String code) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
        Problem problem = RunningServer.problem(answer);
        assertThat(problem.status()).isEqualTo(status);
        assertThat(problem.code()).isEqualTo(code);
        assertThat(problem.detail()).isNotBlank();
        assertThat(answer.body()).doesNotContain("Exception").doesNotContain("\tat ");
    }
}
