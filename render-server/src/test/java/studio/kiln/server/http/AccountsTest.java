package studio.kiln.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.access.Role;
import studio.kiln.core.api.FirstAdmin;
import studio.kiln.core.api.Me;
import studio.kiln.core.api.PasswordChange;
import studio.kiln.core.api.PasswordSet;
import studio.kiln.core.api.RoleChange;
import studio.kiln.core.api.SignIn;
import studio.kiln.core.api.SignedIn;
import studio.kiln.core.api.TokenAdd;
import studio.kiln.core.api.TokenAdded;
import studio.kiln.core.api.UserAdd;

/** People come in, stay in, and are kept out. */
@Tag("contract")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AccountsTest {
    @TempDir
    static Path home;

    private Studio studio;

    @BeforeAll
    void start() throws Exception {
        studio = Studio.start(home);
    }

    @AfterAll
    void stop() {
        studio.close();
    }

    private int signIn(String name, String password) throws Exception {
        return studio.running
                .send(Studio.json(studio.running.bare("/api/login"), new SignIn(name, password)))
                .statusCode();
    }

    @Test
    void the_setup_token_makes_one_administrator_and_is_void_then() throws Exception {
        String token = studio.running.server.setupToken().orElseThrow();
        HttpResponse<String> again = studio.running.send(
                Studio.json(studio.running.bare("/api/setup"), new FirstAdmin(token, "second", null, Studio.PASSWORD)));
        assertThat(again.statusCode()).isEqualTo(403);
        assertThat(again.body()).contains("kiln serve --new-admin");
        assertThat(studio.read(studio.get(studio.admin, "/api/me"), Me.class).role())
                .isEqualTo(Role.ADMIN);
    }

    @Test
    void the_token_of_the_data_folder_sees_the_server_and_ends_it_and_nothing_else() throws Exception {
        String console = studio.running.server.address().token();
        assertThat(studio.get(console, "/api/server").statusCode()).isEqualTo(200);
        assertThat(studio.get(console, "/api/users").statusCode()).isEqualTo(403);
        assertThat(studio.get(console, "/api/tasks").body()).contains("\"items\":[]");
        assertThat(studio.post(console, "/api/me/tokens", new TokenAdd("x", 1)).statusCode())
                .isEqualTo(403);
    }

    @Test
    void a_session_ends_when_its_person_signs_out() throws Exception {
        String token = studio.user("sam", Role.ARTIST);
        assertThat(studio.get(token, "/api/me").statusCode()).isEqualTo(200);
        assertThat(studio.post(token, "/api/logout").statusCode()).isEqualTo(204);
        assertThat(studio.get(token, "/api/me").statusCode()).isEqualTo(401);
    }

    @Test
    void changing_the_password_ends_all_sessions_and_gives_a_new_one() throws Exception {
        String first = studio.user("paula", Role.ARTIST);
        String second = studio.signIn("paula");
        assertThat(studio.post(first, "/api/me/password", new PasswordChange("wrong wrong", "another password"))
                        .statusCode())
                .isEqualTo(403);
        SignedIn in = studio.read(
                studio.post(first, "/api/me/password", new PasswordChange(Studio.PASSWORD, "another password")),
                SignedIn.class);
        assertThat(studio.get(first, "/api/me").statusCode()).isEqualTo(401);
        assertThat(studio.get(second, "/api/me").statusCode()).isEqualTo(401);
        assertThat(studio.get(in.token(), "/api/me").statusCode()).isEqualTo(200);
        assertThat(signIn("paula", Studio.PASSWORD)).isEqualTo(401);
        assertThat(signIn("paula", "another password")).isEqualTo(200);
    }

    @Test
    void whoever_is_disabled_loses_sessions_and_tokens_at_once_and_for_good() throws Exception {
        String session = studio.user("dora", Role.ARTIST);
        String token = studio.read(studio.post(session, "/api/me/tokens", new TokenAdd("ci", 5)), TokenAdded.class)
                .token();
        assertThat(studio.get(token, "/api/me").statusCode()).isEqualTo(200);
        assertThat(studio.post(studio.admin, "/api/users/dora/disable").statusCode())
                .isEqualTo(200);
        assertThat(studio.get(token, "/api/me").statusCode()).isEqualTo(401);
        assertThat(studio.get(session, "/api/me").statusCode()).isEqualTo(401);
        assertThat(signIn("dora", Studio.PASSWORD)).isEqualTo(401);
        studio.post(studio.admin, "/api/users/dora/enable");
        assertThat(studio.get(token, "/api/me").statusCode()).isEqualTo(401);
        assertThat(signIn("dora", Studio.PASSWORD)).isEqualTo(200);
    }

    @Test
    void an_administrator_gives_a_new_password_and_the_sessions_end() throws Exception {
        String session = studio.user("nina", Role.ARTIST);
        assertThat(studio.post(studio.admin, "/api/users/nina/password", new PasswordSet("given by the admin"))
                        .statusCode())
                .isEqualTo(200);
        assertThat(studio.get(session, "/api/me").statusCode()).isEqualTo(401);
        assertThat(signIn("nina", "given by the admin")).isEqualTo(200);
    }

    @Test
    void another_role_holds_with_the_next_request() throws Exception {
        String session = studio.user("rosa", Role.VIEWER);
        assertThat(studio.post(session, "/api/projects", "{\"name\":\"Film\"}").statusCode())
                .isEqualTo(403);
        studio.post(studio.admin, "/api/users/rosa/role", new RoleChange(Role.ARTIST));
        assertThat(studio.post(session, "/api/projects", "{\"name\":\"Film\"}").statusCode())
                .isEqualTo(201);
    }

    @Test
    void the_last_administrator_can_neither_be_disabled_nor_lose_the_role() throws Exception {
        for (HttpResponse<String> answer : List.of(
                studio.post(studio.admin, "/api/users/root/disable"),
                studio.post(studio.admin, "/api/users/root/role", new RoleChange(Role.ARTIST)))) {
            assertThat(answer.statusCode()).isEqualTo(409);
            assertThat(Studio.bodyOf(answer)).containsEntry("code", "LAST_ADMIN");
        }
        studio.post(studio.admin, "/api/users", new UserAdd("deputy", null, Role.ADMIN, Studio.PASSWORD));
        assertThat(studio.post(studio.admin, "/api/users/deputy/disable").statusCode())
                .isEqualTo(200);
        assertThat(studio.post(studio.admin, "/api/users/root/disable").statusCode())
                .as("a disabled administrator is none")
                .isEqualTo(409);
    }

    @Test
    void names_are_never_given_to_another_and_differ_by_more_than_case() throws Exception {
        studio.user("otto", Role.ARTIST);
        studio.post(studio.admin, "/api/users/otto/disable");
        for (String name : List.of("otto", "OTTO", " Otto ")) {
            assertThat(studio.post(studio.admin, "/api/users", new UserAdd(name, null, Role.ARTIST, Studio.PASSWORD))
                            .statusCode())
                    .as(name)
                    .isEqualTo(409);
        }
        for (String name : List.of("", "-a", "a b", "scheduler", "console", "j\u00f6rg", "x".repeat(65), "a/../b")) {
            assertThat(studio.post(studio.admin, "/api/users", new UserAdd(name, null, Role.ARTIST, Studio.PASSWORD))
                            .statusCode())
                    .as(name)
                    .isEqualTo(422);
        }
    }

    @Test
    void easily_guessed_passwords_are_refused() throws Exception {
        for (String password : List.of("short", "weak-name-1", "aaaaaaaaaaaa", "x".repeat(201))) {
            assertThat(studio.post(studio.admin, "/api/users", new UserAdd("weak-name-1", null, Role.ARTIST, password))
                            .statusCode())
                    .as(password)
                    .isEqualTo(422);
        }
    }

    @Test
    void a_token_makes_no_tokens_and_one_of_another_person_cannot_be_revoked() throws Exception {
        String session = studio.user("tom", Role.ARTIST);
        TokenAdded made = studio.read(studio.post(session, "/api/me/tokens", new TokenAdd("ci", 5)), TokenAdded.class);
        assertThat(studio.post(made.token(), "/api/me/tokens", new TokenAdd("more", 5))
                        .statusCode())
                .isEqualTo(403);
        String other = studio.user("eva", Role.ARTIST);
        assertThat(studio.delete(other, "/api/me/tokens/" + made.view().id()).statusCode())
                .isEqualTo(404);
        assertThat(studio.get(session, "/api/me/tokens").body())
                .contains("\"ci\"")
                .doesNotContain(made.token());
        assertThat(studio.delete(session, "/api/me/tokens/" + made.view().id()).statusCode())
                .isEqualTo(204);
        assertThat(studio.get(made.token(), "/api/me").statusCode()).isEqualTo(401);
    }
}
