package studio.kiln.server.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PasswordsTest {
    private final Passwords passwords = new Passwords();

    @Test
    void a_hash_is_argon2id_with_a_salt_of_its_own_and_matches_its_password_only() {
        String hash = passwords.hash("correct horse");
        assertThat(hash).startsWith("$argon2id$v=19$m=19456,t=2,p=1$").isNotEqualTo(passwords.hash("correct horse"));
        assertThat(passwords.matches("correct horse", hash)).isTrue();
        assertThat(passwords.matches("correct Horse", hash)).isFalse();
        assertThat(passwords.matches("", hash)).isFalse();
    }

    /** The vector of the reference implementation's tests for these parameters' form. */
    @Test
    void a_hash_of_another_implementation_is_understood() {
        String hash = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        assertThat(passwords.matches("password", hash)).isTrue();
        assertThat(passwords.matches("passwore", hash)).isFalse();
    }

    @Test
    void nobody_has_no_password_and_to_say_so_takes_as_long_as_for_somebody() {
        String hash = passwords.hash("correct horse");
        passwords.matches("warm", hash);
        long[] known = new long[7];
        long[] unknown = new long[7];
        for (int i = 0; i < known.length; i++) {
            long began = System.nanoTime();
            assertThat(passwords.matches("wrong", hash)).isFalse();
            long between = System.nanoTime();
            assertThat(passwords.matches("wrong", null)).isFalse();
            known[i] = between - began;
            unknown[i] = System.nanoTime() - between;
        }
        double ratio = (double) Arrays.stream(unknown).min().orElseThrow()
                / Arrays.stream(known).min().orElseThrow();
        assertThat(ratio).isBetween(0.6, 1.6);
    }

    @Test
    void a_stored_password_in_a_form_that_nobody_knows_is_a_mistake_and_not_a_refusal() {
        assertThatThrownBy(() -> passwords.matches("x", "plain")).isInstanceOf(IllegalStateException.class);
    }
}
