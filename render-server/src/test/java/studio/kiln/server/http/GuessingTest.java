package studio.kiln.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
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

    private HttpResponse<String> signIn(String name, String password) throws Exception {
        return studio.running.send(Studio.json(studio.running.bare("/api/login"), new SignIn(name, password)));
    }

    /**
     * Guesses until somebody has to wait so long that the machine's own slowness does not matter; gives the answers. The waits
     * double, so a slow machine only needs some guesses more.
     */
    private List<Integer> guessUntilSlowedDown(IntFunction<String> name) throws Exception {
        List<Integer> answers = new ArrayList<>();
        await().atMost(Duration.ofMinutes(1))
                .pollInterval(Duration.ofMillis(100))
                .untilAsserted(() -> {
                    HttpResponse<String> answer = signIn(name.apply(answers.size()), "guess number " + answers.size());
                    answers.add(answer.statusCode());
                    assertThat(answer.headers().firstValueAsLong("Retry-After").orElse(0))
                            .as(answers.toString())
                            .isGreaterThanOrEqualTo(4);
                });
        return answers;
    }

    @Test
    void many_names_from_one_address_are_slowed_down_and_a_right_guess_does_not_allow_more() throws Exception {
        studio.user("mole", Role.ARTIST);
        List<Integer> first = new ArrayList<>();
        for (int i = 0; i < 15; i++) {
            first.add(signIn("name" + i, "some password").statusCode());
            if (i % 5 == 0) {
                first.add(signIn("mole", Studio.PASSWORD).statusCode());
            }
        }
        assertThat(first).doesNotContain(429);
        List<Integer> answers = guessUntilSlowedDown(i -> "other" + i);
        // 5 are left, had the right guesses not wiped out the others, and each wait from 1 s to 8 s lets one more
        // through.
        assertThat(answers.stream().filter(code -> code == 401)).hasSizeLessThanOrEqualTo(10);
        assertThat(signIn("yet another", "some password").statusCode()).isEqualTo(429);
        assertThat(signIn("mole", Studio.PASSWORD).statusCode()).isEqualTo(429);
    }

    @ParameterizedTest
    @ValueSource(strings = {"vera", "nobody-at-all"})
    void guessing_is_slowed_down_for_names_that_there_are_and_that_there_are_not(String name) throws Exception {
        studio.user("vera", Role.ARTIST);
        List<Integer> answers = guessUntilSlowedDown(i -> name);
        assertThat(answers.subList(0, 5)).containsOnly(401);
        HttpResponse<String> slowed = signIn(name, Studio.PASSWORD);
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
