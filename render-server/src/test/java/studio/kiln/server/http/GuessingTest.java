package studio.kiln.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.access.Role;
import studio.kiln.core.api.SignIn;

/** What whoever guesses passwords meets. */
@Tag("contract")
class GuessingTest {
    @TempDir
    Path home;

    private Studio studio;

    @BeforeEach
    void start() throws Exception {
        studio = Studio.start(home);
    }

    @AfterEach
    void stop() {
        studio.close();
    }

    private int signIn(String name, String password) throws Exception {
        return studio.running
                .send(Studio.json(studio.running.bare("/api/login"), new SignIn(name, password)))
                .statusCode();
    }

    @Test
    void many_names_from_one_address_are_slowed_down_and_a_right_guess_does_not_allow_more() throws Exception {
        studio.user("mole", Role.ARTIST);
        List<Integer> answers = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            answers.add(signIn("name" + i, "some password"));
            if (i % 5 == 0) {
                answers.add(signIn("mole", Studio.PASSWORD));
            }
        }
        assertThat(answers.subList(0, 18)).doesNotContain(429);
        assertThat(answers.subList(24, answers.size())).contains(429).doesNotContain(401);
    }

    @Test
    void guessing_is_slowed_down_for_names_that_there_are_and_that_there_are_not() throws Exception {
        studio.user("vera", Role.ARTIST);
        for (String name : List.of("vera", "nobody-at-all")) {
            List<Integer> answers = new ArrayList<>();
            for (int i = 0; i < 9; i++) {
                answers.add(signIn(name, "guess number " + i));
            }
            assertThat(answers.subList(0, 5)).as(name).containsOnly(401);
            assertThat(answers).as(name).contains(429);
        }
        HttpResponse<String> slowed = studio.running.send(
                Studio.json(studio.running.bare("/api/login"), new SignIn("vera", Studio.PASSWORD)));
        assertThat(slowed.statusCode()).as("the right password too").isEqualTo(429);
        assertThat(slowed.headers().firstValueAsLong("Retry-After").orElse(0)).isPositive();
    }

    @Test
    void a_wrong_password_and_an_unknown_name_get_the_same_answer() throws Exception {
        studio.user("ida", Role.ARTIST);
        HttpResponse<String> wrong =
                studio.running.send(Studio.json(studio.running.bare("/api/login"), new SignIn("ida", "not this one")));
        HttpResponse<String> unknown = studio.running.send(
                Studio.json(studio.running.bare("/api/login"), new SignIn("no-such-ida", "not this one")));
        assertThat(unknown.statusCode()).isEqualTo(wrong.statusCode()).isEqualTo(401);
        assertThat(unknown.body()).isEqualTo(wrong.body());
        assertThat(unknown.headers().map().keySet())
                .isEqualTo(wrong.headers().map().keySet());
    }
}
