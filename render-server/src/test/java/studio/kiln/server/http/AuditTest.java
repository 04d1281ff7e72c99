package studio.kiln.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.hibernate.StatelessSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.access.AuditChain;
import studio.kiln.core.access.Role;
import studio.kiln.core.api.ApiJson;
import studio.kiln.core.api.AuditEntry;
import studio.kiln.core.api.AuditReport;
import studio.kiln.core.api.Page;
import studio.kiln.core.api.SignIn;
import studio.kiln.core.api.TokenAdd;
import studio.kiln.core.api.TokenAdded;
import tools.jackson.core.type.TypeReference;

/** What people did stands in the log, and nobody takes it out unnoticed. */
@Tag("contract")
class AuditTest {
    @TempDir
    Path home;

    private Studio studio;
    private StudioRows rows;

    @BeforeEach
    void start() throws Exception {
        studio = Studio.start(home);
        rows = new StudioRows(home);
    }

    @AfterEach
    void stop() {
        rows.close();
        studio.close();
    }

    private List<AuditEntry> entries(String query) throws Exception {
        HttpResponse<String> answer = studio.get(studio.admin, "/api/audit?limit=500&" + query);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return ApiJson.STRICT
                .readValue(answer.body(), new TypeReference<Page<AuditEntry>>() {})
                .items();
    }

    private AuditReport verify(String query) throws Exception {
        return studio.read(studio.get(studio.admin, "/api/audit/verify" + query), AuditReport.class);
    }

    private AuditReport sealed() {
        return Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> verify(""), report -> report.unsealed() == 0 && report.sealed() > 0);
    }

    @Test
    void acts_of_people_and_of_their_tokens_are_told_apart_with_where_they_came_from() throws Exception {
        String art = studio.user("art", Role.ARTIST);
        TokenAdded token = studio.read(studio.post(art, "/api/me/tokens", new TokenAdd("ci", 3)), TokenAdded.class);
        studio.post(token.token(), "/api/projects", "{\"name\":\"By token\"}");
        AuditEntry made = entries("act=project.add").getFirst();
        assertThat(made.actor()).isEqualTo("art");
        assertThat(made.actorKind()).isEqualTo("token");
        assertThat(made.credential()).isEqualTo(token.view().id());
        assertThat(made.address()).isEqualTo("127.0.0.1");
        assertThat(made.outcome()).isEqualTo("done");
        assertThat(made.detail()).isEqualTo("By token");
        assertThat(entries("act=sign-in&actor=art")).hasSize(1);
        assertThat(entries("act=user.add").getFirst().actor()).isEqualTo("root");
        assertThat(entries("actor=art&act=token.add").getFirst().actorKind()).isEqualTo("session");
    }

    @Test
    void refused_acts_are_there_too() throws Exception {
        String art = studio.user("art", Role.ARTIST);
        StudioRows.Set theirs = rows.add("olga");
        studio.post(art, "/api/tasks/" + theirs.task() + "/cancel");
        studio.get(art, "/api/users");
        studio.running.send(Studio.json(studio.running.bare("/api/login"), new SignIn("art", "wrong wrong")));
        studio.post(studio.admin, "/api/users/art/disable");
        studio.get(art, "/api/me");
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .until(() -> entries("outcome=refused").size() >= 4);
        List<AuditEntry> refused = entries("outcome=refused");
        assertThat(refused)
                .anySatisfy(e -> {
                    assertThat(e.act()).isEqualTo("POST /api/tasks/{task}/cancel");
                    assertThat(e.target()).isEqualTo(theirs.task());
                    assertThat(e.detail()).contains("olga");
                })
                .anySatisfy(e -> assertThat(e.detail()).contains("ADMINISTER"))
                .anySatisfy(e -> assertThat(e.act()).isEqualTo("sign-in"))
                .anySatisfy(e -> assertThat(e.detail()).contains("was revoked"));
    }

    @Test
    void the_same_refusal_again_and_again_is_written_once_a_minute() throws Exception {
        String art = studio.user("art", Role.ARTIST);
        StudioRows.Set theirs = rows.add("olga");
        for (int i = 0; i < 20; i++) {
            studio.get(art, "/api/tasks/" + theirs.task());
        }
        assertThat(entries("target=" + theirs.task())).hasSize(1);
    }

    @Test
    void what_was_not_committed_is_not_in_the_log() throws Exception {
        String art = studio.user("art", Role.ARTIST);
        StudioRows.Set own = rows.add("art");
        assertThat(studio.post(art, "/api/tasks/" + own.task() + "/pause").statusCode())
                .as("a failed task cannot be paused")
                .isEqualTo(409);
        assertThat(entries("target=" + own.task())).isEmpty();
        assertThat(studio.post(art, "/api/tasks/" + own.task() + "/priority", "{\"priority\":10}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(entries("target=" + own.task())).hasSize(1);
    }

    @Test
    void no_secret_is_in_the_log() throws Exception {
        String art = studio.user("art", Role.ARTIST);
        studio.read(studio.post(art, "/api/me/tokens", new TokenAdd("ci", 3)), TokenAdded.class);
        String all = studio.get(studio.admin, "/api/audit/export").body();
        assertThat(all).contains("\"art\"").doesNotContain(art, studio.admin, Studio.PASSWORD, "argon2", "kiln_");
    }

    @Test
    void entries_are_sealed_within_seconds_and_an_export_can_be_checked_without_the_server() throws Exception {
        studio.user("art", Role.ARTIST);
        AuditReport report = sealed();
        assertThat(report.breaks()).isEmpty();
        AuditChain chain = new AuditChain(report.head());
        studio.get(studio.admin, "/api/audit/export")
                .body()
                .lines()
                .map(line -> ApiJson.STRICT.readValue(line, AuditEntry.class))
                .filter(entry -> entry.seq() != null)
                .forEach(chain::next);
        chain.end(report.sealed());
        assertThat(chain.breaks()).isEmpty();
        assertThat(chain.head()).isEqualTo(report.head());
    }

    @Test
    void whoever_writes_into_the_database_is_found_out() throws Exception {
        for (int i = 0; i < 5; i++) {
            studio.post(studio.admin, "/api/projects", "{\"name\":\"p" + i + "\"}");
        }
        AuditReport before = sealed();
        long last = before.sealed();
        tamper("update AuditRow set detail = 'nothing happened' where seq = " + (last - 2));
        assertThat(verify("").breaks()).containsExactly("Number " + (last - 2) + " was changed after it was sealed.");

        // one who knows how entries are sealed seals the changed one anew: then the next one does not fit
        rows.run(tx -> reseal(tx, last - 2));
        assertThat(verify("").breaks())
                .containsExactly("Number " + (last - 1) + " does not follow number " + (last - 2)
                        + ": one of the two was replaced.");

        // and one who seals all that follow anew is found out by what somebody noted down
        rows.run(tx -> {
            reseal(tx, last - 1);
            reseal(tx, last);
        });
        assertThat(verify("").breaks()).isEmpty();
        assertThat(verify("?expect=" + before.head()).breaks())
                .containsExactly("Number " + last + " is not the entry whose digest was noted down.");
    }

    @Test
    void entries_that_were_taken_away_are_missed() throws Exception {
        for (int i = 0; i < 5; i++) {
            studio.post(studio.admin, "/api/projects", "{\"name\":\"p" + i + "\"}");
        }
        long last = sealed().sealed();
        tamper("delete AuditRow where seq = " + last);
        assertThat(verify("").breaks()).singleElement().asString().contains("the newest entries are gone");
        tamper("delete AuditRow where seq = 3");
        assertThat(verify("").breaks()).anySatisfy(b -> assertThat(b).startsWith("After number 2 comes 4"));
    }

    @Test
    void filters_and_cursors_lead_through_all_of_it() throws Exception {
        for (int i = 0; i < 12; i++) {
            studio.post(studio.admin, "/api/projects", "{\"name\":\"p" + i + "\"}");
        }
        String cursor = "";
        int seen = 0;
        int pages = 0;
        do {
            Page<AuditEntry> page = ApiJson.STRICT.readValue(
                    studio.get(studio.admin, "/api/audit?act=project&limit=5" + cursor)
                            .body(),
                    new TypeReference<>() {});
            seen += page.items().size();
            pages++;
            cursor = page.next() == null ? "" : "&cursor=" + page.next();
        } while (!cursor.isEmpty());
        assertThat(seen).isEqualTo(12);
        assertThat(pages).isEqualTo(3);
        assertThat(entries("from=2000-01-01T00:00:00Z&to=2001-01-01T00:00:00Z")).isEmpty();
        assertThat(entries("act=%25")).as("a percent sign is one").isEmpty();
    }

    private void tamper(String statement) {
        rows.run(tx -> tx.createMutationQuery(statement).executeUpdate());
    }

    private static void reseal(StatelessSession tx, long seq) {
        Object[] row = tx.createSelectionQuery(
                        "select r.id, p.digest from AuditRow r left join AuditRow p on p.seq = r.seq - 1 where r.seq = "
                                + seq,
                        Object[].class)
                .getSingleResult();
        studio.kiln.server.persistence.AuditRow entry = tx.get(studio.kiln.server.persistence.AuditRow.class, row[0]);
        entry.previous = (String) row[1];
        entry.digest = AuditChain.seal(
                seq,
                entry.previous,
                new AuditEntry(
                        entry.id,
                        entry.at,
                        entry.actor,
                        entry.actorKind,
                        entry.credential,
                        entry.address,
                        entry.act,
                        entry.targetKind,
                        entry.target,
                        entry.outcome,
                        entry.detail,
                        entry.seq,
                        entry.previous,
                        entry.digest));
        tx.update(entry);
    }
}
