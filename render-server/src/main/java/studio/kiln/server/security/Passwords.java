package studio.kiln.server.security;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.Problem;

/**
 * Hashes and checks passwords by Argon2id (RFC 9106) with 19 MiB, two passes, one lane, in the PHC string format. A few
 * at a time: each takes memory and a core. Safe for any number of threads.
 *
 * @see <a href="https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html">where the numbers are from</a>
 */
public final class Passwords {
    /** Characters. */
    public static final int SHORTEST = 10;

    public static final int LONGEST = 200;

    private static final int MEMORY_KIB = 19_456;
    private static final int PASSES = 2;
    private static final int LANES = 1;
    private static final int SALT_BYTES = 16;
    private static final int HASH_BYTES = 32;
    private static final int PATIENCE_SECONDS = 10;
    private static final Pattern PHC =
            Pattern.compile("\\$argon2id\\$v=19\\$m=(\\d+),t=(\\d+),p=(\\d+)\\$([A-Za-z0-9+/]+)\\$([A-Za-z0-9+/]+)");

    private final SecureRandom random = new SecureRandom();
    private final Semaphore atOnce =
            new Semaphore(Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
    // of no password: checking against it takes as long as against a real one, and never succeeds
    private final String nobodys;

    public Passwords() {
        byte[] salt = bytes(SALT_BYTES);
        nobodys = phc(MEMORY_KIB, PASSES, LANES, salt, bytes(HASH_BYTES));
    }

    /**
     * Refuses passwords that are too easily guessed.
     *
     * @throws IllegalArgumentException with what is asked for
     */
    public static void check(String password, String name) {
        if (password.length() < SHORTEST || password.length() > LONGEST) {
            throw new IllegalArgumentException("A password has from " + SHORTEST + " to " + LONGEST
                    + " characters; this one has " + password.length() + ".");
        }
        if (password.strip().equalsIgnoreCase(name)
                || password.chars().distinct().count() < 4) {
            throw new IllegalArgumentException("That password is too easily guessed; choose another.");
        }
    }

    public String hash(String password) {
        byte[] salt = bytes(SALT_BYTES);
        return phc(MEMORY_KIB, PASSES, LANES, salt, argon2id(password, salt, MEMORY_KIB, PASSES, LANES, HASH_BYTES));
    }

    /**
     * Whether the password is the one of the hash. Takes the same time when there is no hash, and says no.
     *
     * @param hash in PHC form, or null where there is no such person
     */
    public boolean matches(String password, @Nullable String hash) {
        Matcher parts = PHC.matcher(hash == null ? nobodys : hash);
        if (!parts.matches()) {
            throw new IllegalStateException("A stored password has a form that nobody knows");
        }
        byte[] wanted = Base64.getDecoder().decode(parts.group(5));
        byte[] given = argon2id(
                password,
                Base64.getDecoder().decode(parts.group(4)),
                Integer.parseInt(parts.group(1)),
                Integer.parseInt(parts.group(2)),
                Integer.parseInt(parts.group(3)),
                wanted.length);
        return MessageDigest.isEqual(wanted, given) && hash != null;
    }

    private byte[] argon2id(String password, byte[] salt, int memoryKib, int passes, int lanes, int length) {
        boolean mine = false;
        try {
            mine = atOnce.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (!mine) {
                throw new ApiException(Problem.of(
                        503,
                        "BUSY",
                        "Too many are signing in",
                        "Very many people are signing in at this moment; try again in a few seconds."));
            }
            Argon2BytesGenerator generator = new Argon2BytesGenerator();
            generator.init(new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                    .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                    .withMemoryAsKB(memoryKib)
                    .withIterations(passes)
                    .withParallelism(lanes)
                    .withSalt(salt)
                    .build());
            byte[] hash = new byte[length];
            generator.generateBytes(password.getBytes(StandardCharsets.UTF_8), hash);
            return hash;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while a password was checked", e);
        } finally {
            if (mine) {
                atOnce.release();
            }
        }
    }

    private static String phc(int memoryKib, int passes, int lanes, byte[] salt, byte[] hash) {
        Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
        return "$argon2id$v=19$m=" + memoryKib + ",t=" + passes + ",p=" + lanes + "$" + base64.encodeToString(salt)
                + "$" + base64.encodeToString(hash);
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }
}
